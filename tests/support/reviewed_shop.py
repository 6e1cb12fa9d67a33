"""A shop whose prices are under review, in memory: proposals, a catalogue with a mug at 10.00, a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from activities.proposal_desk import ProposalDesk
from activities.proposals import ProposalActivities
from adapters.memory.events import MemoryEventStore
from adapters.memory.notices import MemoryNotices
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.proposals import MemoryProposals
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.ports.prices import PlaceAndTime
from domain.review.content import Content
from domain.review.draft import promotion_id_of
from domain.review.proposal import PriceProposal
from domain.stock.allowance import Allowance
from tests.support.builders import NOON, cny
from tests.support.proposals import DAY, ProposalStory, a_proposal, keep

START, END = NOON + DAY, NOON + 2 * DAY
A_MOMENT = timedelta(microseconds=1)


class ReviewedShop:
    """Proposals, a catalogue with a mug at 10.00, and the clock's hand."""

    def __init__(self) -> None:
        self.now = NOON
        self.catalogue = MemoryCatalogue(now=lambda: self.now)
        self.proposals = MemoryProposals(MemoryEventStore(lambda: self.now))
        self.notices = MemoryNotices()
        self.desk = ProposalDesk(self.proposals, self.catalogue)

    async def at(self, moment: datetime) -> int:
        """The clock looks at that moment; how many proposals it moved."""
        self.now = moment
        return await ProposalActivities(self.proposals, self.desk, self.notices).advance_proposals(moment)

    async def price(self, moment: datetime) -> int:
        page = await self.catalogue.page(["mug"], PlaceAndTime("CNY", "", moment))
        return page.items["mug"].price.discount_price.amount

    async def kept(self, story: ProposalStory) -> PriceProposal:
        return await keep(self.proposals, story)

    async def found(self, proposal: PriceProposal) -> PriceProposal:
        found = await self.proposals.get(proposal.id)
        assert found is not None
        return found

    async def written(self) -> int:
        return len(await self.catalogue.changes(None, None, before=None, limit=100))

    async def free(self, proposal: PriceProposal) -> int:
        quota = Allowance.of_promotion(promotion_id_of(proposal.id), "mug")
        return (await self.catalogue.left({quota: None}, ())).get(quota, 0)

    def keeps_proposals_in(self, proposals: MemoryProposals) -> None:
        """From now on they are kept there."""
        self.proposals = proposals
        self.desk = ProposalDesk(proposals, self.catalogue)


async def a_reviewed_shop() -> ReviewedShop:
    made = ReviewedShop()
    price = BasePrice(cny(1_200), cny(1_000))
    await made.catalogue.put_items([CatalogueItem("mug", "shop-7", "Mug", Category.PHYSICAL, (price,), 100)])
    return made


def approved(content: Content | None = None, proposal_id: str = "prp_1") -> ProposalStory:
    return a_proposal(content, proposal_id).submitted().approved()
