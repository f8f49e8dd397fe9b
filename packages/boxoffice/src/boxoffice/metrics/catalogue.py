"""Every metric by name. To add one: a view file, an entry here, and its golden rows."""

from boxoffice.metrics.concerts import CONCERT_METRICS
from boxoffice.metrics.general import GENERAL_METRICS
from boxoffice.metrics.play_sales import PLAY_SALES_METRICS
from boxoffice.metrics.play_shows import PLAY_SHOW_METRICS
from boxoffice.metrics.words import Column, Metric, Unit

__all__ = ["METRICS", "Column", "Metric", "MetricUnknown", "Unit", "find"]

METRICS: tuple[Metric, ...] = (
    *CONCERT_METRICS,
    *PLAY_SALES_METRICS,
    *PLAY_SHOW_METRICS,
    *GENERAL_METRICS,
)

_BY_SLUG = {metric.slug: metric for metric in METRICS}


class MetricUnknown(LookupError):  # noqa: N818 - what happened, not a kind of error
    """There is no metric of that name."""


def find(slug: str) -> Metric:
    """The metric called `slug`; `MetricUnknown` otherwise."""
    try:
        return _BY_SLUG[slug]
    except KeyError:
        raise MetricUnknown(f'cannot find metric: there is none called "{slug}"') from None
