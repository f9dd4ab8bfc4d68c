"""The indexes that the simulator knows: ids as CoinAPI forms them, and how each one moves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Index:
    """One index: where its value starts, how far one step takes it, and how often it moves beside the others."""

    id: str
    start: float
    decimals: int
    volatility: float
    """The largest step, as a share of the value."""
    weight: float
    """Values of this index, relative to those of the others."""


_CALM = 1e-5

_PRIMKT = (
    ("BTC_USD", 67431.52118, 5, 1.2e-4),
    ("ETH_USD", 3518.20474, 5, 1.5e-4),
    ("SOL_USD", 172.446131, 6, 2.5e-4),
    ("XRP_USD", 0.52847312, 8, 2e-4),
    ("BNB_USD", 588.91743, 5, 1.5e-4),
    ("ADA_USD", 0.45113209, 8, 2e-4),
    ("DOGE_USD", 0.15847721, 8, 3e-4),
    ("LTC_USD", 84.217034, 6, 2e-4),
    ("DOT_USD", 7.0613344, 7, 2e-4),
    ("LINK_USD", 17.284911, 6, 2.5e-4),
    ("AVAX_USD", 36.104427, 6, 2.5e-4),
    ("BCH_USD", 467.33091, 5, 2e-4),
    ("USDT_USD", 0.99971842, 8, _CALM),
    ("USDC_USD", 1.00002317, 8, _CALM),
    ("BTC_EUR", 62184.90312, 5, 1.2e-4),
    ("ETH_EUR", 3244.71035, 5, 1.5e-4),
    ("BTC_GBP", 53017.44821, 5, 1.2e-4),
    ("ETH_BTC", 0.05217508, 8, 8e-5),
    ("EUR_USD", 1.08437115, 8, _CALM),
    ("GBP_USD", 1.27188452, 8, _CALM),
)
_VWAP = (
    ("BTC", 67218.84417, 5),
    ("ETH", 3509.66127, 5),
    ("SOL", 171.882054, 6),
    ("XRP", 0.52714408, 8),
    ("BNB", 587.40266, 5),
    ("ADA", 0.45020871, 8),
    ("DOGE", 0.15793145, 8),
    ("LTC", 84.052211, 6),
    ("DOT", 7.0498123, 7),
    ("LINK", 17.231509, 6),
    ("AVAX", 35.998241, 6),
    ("XLM", 0.10642277, 8),
    ("ATOM", 8.3147209, 7),
    ("UNI", 10.427318, 6),
)
_CAPIVIX = (("BTC", 54.8123), ("ETH", 61.2047), ("SOL", 83.9514), ("XRP", 72.3308), ("BNB", 48.1176), ("LTC", 66.0429))

# The FX-like principal market prices come about every 100 ms, a 30-day volatility every few seconds.
_PRIMKT_WEIGHT, _VWAP_WEIGHT, _CAPIVIX_WEIGHT = 10.0, 3.0, 0.5

CATALOGUE: tuple[Index, ...] = (
    *(Index(f"IDX_REFRATE_PRIMKT_{pair}", at, places, step, _PRIMKT_WEIGHT) for pair, at, places, step in _PRIMKT),
    *(Index(f"IDX_REFRATE_VWAP_{asset}", at, places, 4e-5, _VWAP_WEIGHT) for asset, at, places in _VWAP),
    *(Index(f"IDX_VOL_CAPIVIX_{asset}_USD", at, 4, 2e-3, _CAPIVIX_WEIGHT) for asset, at in _CAPIVIX),
)

DEMO_IDS: tuple[str, ...] = (
    "IDX_REFRATE_PRIMKT_BTC_USD",
    "IDX_REFRATE_PRIMKT_ETH_USD",
    "IDX_REFRATE_PRIMKT_SOL_USD",
    "IDX_REFRATE_PRIMKT_XRP_USD",
    "IDX_REFRATE_PRIMKT_EUR_USD",
    "IDX_REFRATE_VWAP_BTC",
    "IDX_REFRATE_VWAP_ETH",
    "IDX_VOL_CAPIVIX_BTC_USD",
)


def catalogue(extra_ids: int = 0) -> tuple[Index, ...]:
    """The built-in indexes, then `extra_ids` made-up ones (`IDX_REFRATE_VWAP_SIM00001` …)."""
    made_up = (
        Index(f"IDX_REFRATE_VWAP_SIM{number:05d}", float(10 + number % 990), 6, 2e-4, _VWAP_WEIGHT)
        for number in range(1, extra_ids + 1)
    )
    return (*CATALOGUE, *made_up)
