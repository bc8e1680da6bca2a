from bench.outcome import ALL, ODIFF, PIXEL, RECIPE_WARM, Load, Measured, Outcome, Soak, Take, tables

MB = 1_000_000
TAKES = {
    ALL: [Take(second, (700 + place) * MB, {"decode": 100 * second}) for place, second in enumerate((0.9, 0.3, 0.5))],
    PIXEL: [Take(0.25, 510 * MB, {"decode": 20.0})],
    RECIPE_WARM: [Take(1.0), Take(2.0)],
    ODIFF: [Take(0.125, 40 * MB)],
}
PAIR = Measured("shop", 500 * MB, TAKES, {"pixelmatch": "the pictures differ in size"})
OUTCOME = Outcome([1.5, 1.0, 1.2], [PAIR], Load(4, 2.0, 5.0), Soak(50, 1000 * MB, 1000, 1030 * MB))


def rows(text: str, heading: str) -> list[list[str]]:
    table = text.split(f"### {heading}\n\n")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_ratios_are_of_medians_and_memory_is_above_idle() -> None:
    found = rows(tables(OUTCOME, markdown=True), "shop")
    assert found[0] == ["", "ms", "from … to", "× recipe", "× odiff", "peak MB"]
    assert found[2:] == [
        [ALL, "500", "300 … 900", "3", "0.25", "202"],
        [PIXEL, "250", "250 … 250", "6", "0.5", "10"],
        [RECIPE_WARM, "1,500", "1,000 … 2,000", "1", "0.0833", "–"],
        [ODIFF, "125", "125 … 125", "12", "1", "40"],
        ["pixelmatch", *"–––––"],
    ]
    assert "\n\npixelmatch: the pictures differ in size\n\n" in tables(OUTCOME, markdown=True)


def test_steps_are_medians_of_those_who_report_them() -> None:
    found = rows(tables(OUTCOME, markdown=True), "Steps: shop")
    assert found[0] == ["ms", ALL, PIXEL]
    assert found[2:] == [["decode", "50.0", "20.0"], ["with HTTP and storing", "500", "250"]]


def test_start_load_and_soak() -> None:
    found = dict(rows(tables(OUTCOME, markdown=True), "Start, load and memory in the long run"))
    assert found["front page after the server's start"] == "1.20 s"
    assert found["4 at once, times the throughput"] == "2.50"
    assert found["peak of 1,000"] == "1,030 MB"
    assert found["rise"] == "3.0%"


def test_to_read_at_once_the_columns_are_aligned() -> None:
    text = tables(OUTCOME, markdown=False)
    assert "|" not in text
    assert "#" not in text
    table = text.split("shop\n\n")[1].split("\n\n")[0].splitlines()
    assert len({len(line) for line in table}) == 1
