"""A fetcher that reads with pandas: a price list that someone puts into a folder as a CSV file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_sync.fetchers.base import Fetcher, FetchSettings, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


class PriceListSettings(FetchSettings):
    """What stands under ``fetch:``.

    :ivar file: the CSV file, relative to ``include/``, with the columns Item, Price and ChangedAt
    """

    file: str


class PriceListFetcher(Fetcher):
    """Yields the file in pieces, each column with its type in every piece."""

    Settings = PriceListSettings
    settings: PriceListSettings

    def fetch(self, window: Window) -> Iterator[pd.DataFrame]:
        """Return the rows that changed in the window; ChangedAt has its offset from UTC written with it."""
        import pandas as pd
        import pyarrow as pa

        text = pd.ArrowDtype(pa.string())
        price = pd.ArrowDtype(pa.decimal128(15, 2))
        instant = pd.ArrowDtype(pa.timestamp("us", "UTC"))
        for rows in pd.read_csv(self.base / self.settings.file, dtype=text, chunksize=50_000):
            typed = rows.astype({"Price": price, "ChangedAt": instant})
            if window.minimum_dt is not None:
                typed = typed[typed["ChangedAt"] >= window.minimum_dt]
            yield typed
