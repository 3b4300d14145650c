"""What to watch, as the summary of a run says it. Read from the run folder alone."""

from collections.abc import Sequence

from hbm_model.store.summary import Watched


def lines(shown: Sequence[Watched]) -> list[str]:
    """Return the events for people, as lines; nothing where there is nothing to watch.

    Parameters
    ----------
    shown
        From :func:`hbm_model.store.summary.watched`.
    """
    if not shown:
        return []
    words = [
        "",
        "What to watch: events of the next two years by the share of the gaps' variance that their answer removes",
        f"{'closes':12}{'yes':>6}{'removes':>9}  event, and the gap that it says most of (mean and 90 % interval)",
    ]
    for each in shown:
        chance, share = f"{100 * each.probability:.0f} %", f"{100 * each.information:.0f} %"
        words += [f"{each.closes:12}{chance:>6}{share:>9}  {each.text}", f"{'':29}{each.words}"]
    return words
