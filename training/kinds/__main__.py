"""`python -m training.kinds --photos DIR`."""

if __name__ == "__main__":
    # Only here: the processes that make examples import this file too, and need no TensorFlow.
    from app.vision.networks.runtime import prepare_tensorflow

    prepare_tensorflow()
    from training.kinds.train import main

    main()
