"""The same business built the usual way, twice: with a naive Temporal workflow and without Temporal."""
