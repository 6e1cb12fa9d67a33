"""Country names as histories write them, as ISO 3166 alpha-2 codes. No atlas: unknown names become ``ZZ``."""

UNKNOWN = "ZZ"  # ISO 3166 leaves it to users; "unknown" by the convention of Unicode CLDR

_CODES = {
    "australia": "AU",
    "austria": "AT",
    "bahrain": "BH",
    "belgium": "BE",
    "brazil": "BR",
    "canada": "CA",
    "channel islands": "JE",
    "china": "CN",
    "cyprus": "CY",
    "czech republic": "CZ",
    "denmark": "DK",
    "eire": "IE",
    "finland": "FI",
    "france": "FR",
    "germany": "DE",
    "greece": "GR",
    "hong kong": "HK",
    "iceland": "IS",
    "ireland": "IE",
    "israel": "IL",
    "italy": "IT",
    "japan": "JP",
    "lebanon": "LB",
    "lithuania": "LT",
    "malta": "MT",
    "netherlands": "NL",
    "norway": "NO",
    "poland": "PL",
    "portugal": "PT",
    "rsa": "ZA",
    "saudi arabia": "SA",
    "singapore": "SG",
    "spain": "ES",
    "sweden": "SE",
    "switzerland": "CH",
    "united arab emirates": "AE",
    "united kingdom": "GB",
    "usa": "US",
}
_CODE_LENGTH = 2


def country_code(name: str) -> str:
    """The code for a name, a code as it is, `UNKNOWN` for anything else."""
    if len(name) == _CODE_LENGTH and name.isascii() and name.isalpha():
        return name.upper()
    return _CODES.get(name.casefold(), UNKNOWN)
