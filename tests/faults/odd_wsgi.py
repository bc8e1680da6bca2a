"""The service with a decoder that has faults. Not beside it: processes for pictures import that, and serve nothing."""

from app import create_app
from app.config import Settings
from app.execution.process_pool import ProcessPool
from tests.faults.odd_decoder import break_decoder

settings = Settings()
app = create_app(settings, ProcessPool(settings.max_running, break_decoder))
