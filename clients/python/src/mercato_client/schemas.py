"""The documents of the API. Made by `tools/generate.py` from the server's OpenAPI document; not to be changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired, TypeAlias


class AlertAnswer(TypedDict):
    """The share of negative reviews rose against its own past."""

    after: ShareAnswer
    """What came since, up to now."""

    before: ShareAnswer
    """What was usual before."""

    blamed: list[BlamedAnswer]
    """Aspects blamed since, the most blamed first."""

    evidence: float
    """How many times better a rise explains the reviews than one share throughout does, whichever that is."""

    kind: str
    """`item`, `brand`, `topic` (an aspect) or `all`."""

    name: NotRequired[str | None]
    """The item's id, the brand or the aspect."""

    noticed: str
    """The beginning of the week whose reviews made it certain."""

    quotes: list[QuoteAnswer]
    """Negative words since."""

    since: str
    """The beginning of the week since when it is thought to be higher."""


class AlertsAnswer(TypedDict):
    """Where reviews became worse."""

    alerts: list[AlertAnswer]
    """The surest first."""

    watched: int
    """Items, brands and topics with enough reviews to be watched."""


class AlertsQuery(TypedDict):
    """What `GET /v1/{shop}/alerts` may be asked."""

    days: NotRequired[int]
    """Rises that were noticed in the last so many days, 1 to 730; 90 where not said."""

    false_share: NotRequired[float]
    """The share of false alerts among those told, above 0 to 0.5; 0.05 where not said."""

    quotes: NotRequired[int]
    """Quotes of each alert, 0 to 20; 3 where not said."""


class AlwaysValidAnswer(TypedDict):
    """An interval and a p-value that hold at all looks at once."""

    difference: IntervalAnswer

    p_value: float


class ArmAnswer(TypedDict):
    """An arm's visitors."""

    name: str

    removed: bool

    visitors: int


class TallyAnswer(TypedDict):
    """Reviews counted by what they are."""

    all: int
    """All of them."""

    negative: int
    """Blame."""

    neutral: int
    """Neither."""

    positive: int
    """Praise."""


class AspectAnswer(TallyAnswer):
    """An aspect with the reviews that speak of it."""

    name: str
    """Such as `quality`, `size`, `delivery`, `service`, `price`."""


class AuditAnswer(TypedDict):
    """Changes of what a shop decides."""

    changes: list[ChangeAnswer]
    """The newest first; the last thousand are remembered."""


class AuditQuery(TypedDict):
    """What `GET /v1/{shop}/audit` may be asked."""

    before: NotRequired[int]
    """Only changes before this number; the last ones where not said."""

    limit: NotRequired[int]
    """Changes to return, 1 to 1000; 100 where not said."""


class Banner(TypedDict):
    """Something told beside the results."""

    image: NotRequired[str | None]
    """Address of a picture."""

    link: NotRequired[str | None]
    """Where it leads."""

    text: NotRequired[str | None]
    """A few words."""

    title: str
    """Its heading."""


class BatchAnswer(TypedDict):
    """What became of a batch."""

    accepted: int
    """Rows that were new and are durable now."""

    duplicates: int
    """Rows whose event id was known already; they changed nothing."""

    end: int
    """Position after the last event of the log."""


class BlamedAnswer(TypedDict):
    """An aspect with how often it is blamed."""

    after: int
    """Reviews that blame it since."""

    aspect: str
    """The aspect."""

    before: int
    """Reviews that blamed it before."""


class BoostAnswer(TypedDict):
    """Words of the query stand side by side, or are the whole value of an attribute."""

    field: str
    """The attribute."""

    kind: str
    """`phrase`, `exact` (a whole value) or `number` (an article number, a model's name or a barcode)."""

    score: float
    """What it added to the words' score."""

    text: str
    """The words, as indexed; a whole value without its separators."""


class ChangeAnswer(TypedDict):
    """A change, and who made it."""

    action: str
    """What was done: `saved`, `published`, `withdrawn`, `created`, `changed`, `deleted`, `undone` or `done`."""

    after: NotRequired[dict[str, Any] | None]
    """How it is since."""

    before: NotRequired[dict[str, Any] | None]
    """How it was; absent where it was not, or is not kept."""

    by: NotRequired[KeyNamed | None]

    can_undo: bool
    """Whether it can be taken back, unless it was changed again since."""

    id: int
    """Its number, counted from 1 in every shop."""

    kind: str
    """Kind of thing that was changed: `curation`, `settings`, `synonyms`, `key`, or the part of the API it was done with."""

    time_ms: int
    """When, in milliseconds since 1970."""

    what: str
    """Which one of the kind."""


class ChangeEvidenceAnswer(TypedDict):
    """Something that has changed."""

    expected: float
    """What was, or was expected: a rate, a prediction, the loss of the last good model, a column."""

    observed: float
    """What is: a rate, the loss of the learner, a stability index."""

    what: str
    """`click-rate`, `calibration`, `loss` or `feature`."""


class CheckingAnswer(TypedDict):
    """How far a reading of the whole catalogue is."""

    done: int
    """Steps done."""

    total: int
    """Steps in all."""


class ComparisonAnswer(TypedDict):
    """An arm beside the control."""

    arm: str

    fault: NotRequired[str | None]
    """Why nothing can be said, where nothing can."""

    measured: NotRequired[MeasuredAnswer | None]


class ConfusionAnswer(TypedDict):
    """Examples of one intent that were read as another."""

    examples: int
    """How many."""

    intent: str
    """What they are."""

    taken_for: str
    """What they were read as."""


Curation = TypedDict(
    "Curation",
    {
        "banners": "NotRequired[list[Banner] | None]",
        "filter": "NotRequired[str | None]",
        "from": "NotRequired[str | None]",
        "name": "str",
        "redirect": "NotRequired[str | None]",
        "rules": "NotRequired[list[dict[str, Any]] | None]",
        "until": "NotRequired[str | None]",
        "when": "NotRequired[CurationWhen | None]",
    },
)
"""What is done with the answers to some searches for some time."""


class CurationAnswer(TypedDict):
    """A curation as it is kept."""

    changed_ms: int
    """When it was changed last, in milliseconds since 1970."""

    draft: NotRequired[Curation | None]

    id: str
    """Its id."""

    published: NotRequired[Curation | None]

    state: str
    """`draft` (nothing is published), `scheduled` (its time has not come), `live` or `ended`."""


class CurationWhen(TypedDict):
    """Which searches a curation is about: each kind that is given must be met, and of one kind any suffices."""

    queries: NotRequired[list[QueryPattern] | None]
    """What is typed; at most 200."""

    segments: NotRequired[list[str] | None]
    """The shop's own segments."""

    surfaces: NotRequired[list[str] | None]
    """`search`, `home`, `product`, `cart` or `after-purchase`."""


class CurationsAnswer(TypedDict):
    """The curations of a shop."""

    curations: list[CurationAnswer]
    """By id."""


class DecidedAnswer(TypedDict):
    """What came of decisions."""

    rejected: int
    """Proposals that were rejected."""

    restored: int
    """Proposals that may be proposed again."""

    rules: list[str]
    """Rules that are new."""


class DecisionsBody(TypedDict):
    """What to do with proposals, each by its id."""

    accept: NotRequired[list[str]]
    """To become rules; the next search uses them."""

    reject: NotRequired[list[str]]
    """Not to be proposed again."""

    restore: NotRequired[list[str]]
    """To be proposed again."""


class DegradedAnswer(TypedDict):
    """A part that failed."""

    part: str
    """The source, feature, ranker or encoder."""

    reason: str
    """What went wrong."""


class DriftAnswer(TypedDict):
    """A feature that is distributed otherwise than it was."""

    feature: str

    index: float
    """The population stability index of the last thousand answers beside the first two thousand; above .25 is much."""

    kind: str
    """`search` or `recommend`."""


class DuplicatesAnswer(TypedDict):
    """Items with the same picture."""

    groups: list[list[str]]
    """Ids of items, by picture."""


class DuplicatesQuery(TypedDict):
    """What `GET /v1/{shop}/duplicates` may be asked."""

    relation: NotRequired[str]
    """`duplicate` or `variant`; both where not said."""

    probability: NotRequired[float]
    """How likely at least, 0 to 1."""

    after: NotRequired[int]
    """Groups to skip: the `next` of the page before."""

    limit: NotRequired[int]
    """Groups at most, 1 to 1000; 100 where not said."""


class EnrichAnswer(TypedDict):
    """What items lack, and what was written of it."""

    checking: NotRequired[CheckingAnswer | None]

    report: NotRequired[EnrichReportAnswer | None]

    written: NotRequired[EnrichedAnswer | None]


class EnrichAttributeAnswer(TypedDict):
    """How well an attribute is read."""

    attribute: str
    """Its name."""

    held_out: int
    """Values that were held out to measure with."""

    missing: int
    """Items without a value of the shop's own."""

    precision: NotRequired[float | None]
    """The share of these; absent where there are none."""

    proposed: int
    """Items that a value is proposed for."""

    refused: NotRequired[str | None]
    """Why nothing is proposed, where that is for its measured precision."""

    right: int
    """Of those, how many were right."""

    tried: int
    """Of those, for how many a value sure enough was proposed."""


class EnrichBody(TypedDict):
    """Which values to look for, and what to do with them."""

    attributes: NotRequired[list[str]]
    """Attributes; all where none is named."""

    dry_run: NotRequired[bool]
    """Show what would be written and write nothing."""

    limit: NotRequired[int | None]
    """Proposals to list, 1 to 1000; 100 where not said. All are written."""

    min_confidence: NotRequired[float | None]
    """At least so often must values be right, as measured on held-out ones, 0 to 1; .9 where not said."""


class EnrichQuery(TypedDict):
    """What `GET /v1/{shop}/enrich` may be asked."""

    after: NotRequired[str]
    """Id of the last item seen."""

    limit: NotRequired[int]
    """Items at most, 1 to 1000; 100 where not said."""


class EnrichReportAnswer(TypedDict):
    """What items lack."""

    attributes: list[EnrichAttributeAnswer]
    """How well each attribute is read."""

    items: int
    """Items read."""

    proposals: list[ProposalAnswer]
    """The first of them."""

    total: int
    """Values that are sure enough."""


class EnrichedAnswer(TypedDict):
    """What was written."""

    added: int
    """Values that items did not have."""

    changed: int
    """Values in the place of others found before."""

    items: int
    """Items written."""

    taken_back: int
    """Values taken back."""

    unchanged: int
    """Values that were there already."""


class ErrorAnswer(TypedDict):
    """What every failed request is answered with."""

    error: ErrorDetail
    """What is wrong."""

    trace_id: str
    """Finds the request in the server's log; the header `X-Request-Id` has it too."""


class ErrorDetail(TypedDict):
    """What is wrong and how to mend it."""

    code: str
    """Stable and machine-readable; `/errors` lists them."""

    docs: str
    """Where the code is described."""

    expected: NotRequired[str | None]
    """What would have been accepted."""

    field: NotRequired[str | None]
    """Path of the field at fault."""

    got: NotRequired[str | None]
    """What was found, shortened."""

    message: str
    """The same in a sentence."""

    rows: NotRequired[list[RowError]]
    """The rows of a batch that were refused; the first 100."""

    rows_refused: NotRequired[int | None]
    """How many rows were refused in all."""


class EvaluationAnswer(TypedDict):
    """A flag with its value."""

    key: str
    """The experiment."""

    reason: str
    """`SPLIT` (assigned to an arm), `DEFAULT` (in no arm) or `DISABLED` (the experiment has ended)."""

    value: dict[str, Any]
    """The arm's value."""

    variant: str
    """The arm."""


class EvaluationBody(TypedDict):
    """A question of the OpenFeature Remote Evaluation Protocol."""

    context: NotRequired[dict[str, Any]]
    """`targetingKey` names the visitor, as `user` where `actor` does not say `anonymous` or `session`. `surface`,
    `language`, `segment` and `visitors` are read for targets; all else is passed over.
    """


class EvaluationFailure(TypedDict):
    """Why a flag has no value, in the protocol's words."""

    errorCode: str
    """`PARSE_ERROR`, `TARGETING_KEY_MISSING`, `INVALID_CONTEXT` or `FLAG_NOT_FOUND`."""

    errorDetails: str
    """A sentence."""

    key: NotRequired[str | None]
    """The flag; left out where all were asked for."""


class EvaluationsAnswer(TypedDict):
    """The flags of all experiments."""

    flags: list[EvaluationAnswer]
    """The flags."""


class Event(TypedDict):
    """Something that happened. Interactions have a type of `search`, `click`, `view`, `add-to-cart`, `purchase`, `rating`,
    `like`, `dislike`, `hide`, `refund`, `review` or `custom:...`; the log also has `item-upserted`, `item-patched`, `item-deleted`,
    `impression` and `user-erased`.
    """

    anonymous: NotRequired[str | None]
    """A guest."""

    event_id: NotRequired[str | None]
    """Makes the event idempotent: a second one with the same id changes nothing. Random where left out."""

    item: NotRequired[str | None]
    """To which item; searches have none. A document in `item-upserted` and `item-patched`."""

    position: NotRequired[int | None]
    """Place in the answer, from 1."""

    quantity: NotRequired[int | None]
    """Pieces, at least 1."""

    query: NotRequired[str | None]
    """What was searched for."""

    query_id: NotRequired[str | None]
    """The answer this follows from."""

    rating: NotRequired[float | None]
    """From 0 (worst) to 1 (best)."""

    session: NotRequired[str | None]
    """The visit."""

    surface: NotRequired[str | None]
    """`home`, `product`, `cart`, `search` or `after-purchase`."""

    text: NotRequired[str | None]
    """What a review says, up to 64 KiB; only reviews have a text, and those without one have a rating."""

    time: NotRequired[str | None]
    """When: RFC 3339 or milliseconds since 1970; now where left out."""

    type: str
    """What happened."""

    user: NotRequired[str | None]
    """A known user."""

    value: NotRequired[Money | None]

    weight: NotRequired[float | None]
    """Weight of this one deed, over its type's."""


class EventsAnswer(BatchAnswer):
    """What became of a batch of events."""

    format: NotRequired[str | None]
    """The convention that the documents were read by, where they were not our own."""

    left_out: NotRequired[list[SkippedAnswer]]
    """Parts that were left out of events that were taken."""

    skipped: NotRequired[list[SkippedAnswer]]
    """Events of theirs that have no counterpart here."""


class Experiment(TypedDict):
    """What is tried out. Only `id` and two `arms` must be said."""

    arms: list[ExperimentArm]
    """The alternatives; the first one is the control."""

    description: NotRequired[str | None]
    """What it is about, for people."""

    ended: NotRequired[str | None]
    """When it ended; null while it runs."""

    guardrails: NotRequired[list[ExperimentGuardrail] | None]
    """What must not become worse; an arm that does so is taken out by itself."""

    holdout: NotRequired[float | None]
    """Share of all visitors who see no experiment that has a holdout, 0 to below 1; none where not said."""

    id: str
    """Its name, unique for ever: 1 to 64 letters, digits, `-`, `_` and `.`."""

    interleaving: NotRequired[str | None]
    """How two arms share the places of every answer, so that few visitors tell which ranking is better: `team-draft` or
    `optimised`; left out, a visitor sees one of the arms. It takes no guardrails, and what shoppers click decides.
    """

    layer: NotRequired[str | None]
    """Experiments of one layer share no visitor; a layer of its own where not said."""

    metrics: NotRequired[list[str] | None]
    """What is measured, the deciding one first: `click-through`, `conversion`, `revenue`, `units`, `empty-searches`,
    `time-to-cart`, `diversity`, `latency`, `errors`. Conversion, click-through and revenue where not said.
    """

    ramp: NotRequired[float | None]
    """Share of its visitors so far, 0 to 1; all where not said."""

    reasons: list[str]
    """Why it ended, and why arms were taken out."""

    salt: NotRequired[str | None]
    """What the hash of its visitors is salted with; its name where not said."""

    slice: NotRequired[Any]
    """The share of the layer's visitors, wherever there is room, or `[from, to]`; 1 where not said."""

    started: NotRequired[str | None]
    """When it began."""

    target: NotRequired[ExperimentTarget | None]

    visitors_planned: NotRequired[int | None]
    """Visitors it is planned for, all arms together; always-valid intervals are tightest there. 20,000 where not said."""


class ExperimentArm(TypedDict):
    """One of the alternatives."""

    changes: NotRequired[dict[str, Any] | None]
    """What it changes of searches and recommendations, over what they say: `cutoff`, `lexical`, `fusion`, `diversity`,
    `objectives`, `reranking`, `understanding_off` and `rules` as in settings; `method`, `weights`, `personalise` and
    `cross_encoder` as in searches; `trained_ranker`, whether a trained ranker in force scores.
    """

    name: str
    """Its name."""

    removed: NotRequired[bool | None]
    """Whether it was taken out."""

    share: NotRequired[float | None]
    """Its part of the visitors, relative to the others'; 1 where not said."""

    value: NotRequired[dict[str, Any] | None]
    """What front ends are given by OFREP: true or false, a text, a number or an object; its name where not said."""


class ExperimentChangeBody(TypedDict):
    """A change of a running experiment."""

    ramp: NotRequired[float | None]
    """A larger share of its visitors."""

    reason: NotRequired[str | None]
    """Why."""

    remove_arm: NotRequired[str | None]
    """An arm to take out: its visitors are served as without the experiment, and nobody else moves."""


class ExperimentGuardrail(TypedDict):
    """A metric that must not become worse."""

    metric: str
    """The metric."""

    tolerated: NotRequired[float | None]
    """How much worse is tolerated, as a share of the control's value; 0 where not said."""


class ExperimentReportAnswer(TypedDict):
    """What came of an experiment so far."""

    arms: list[ArmAnswer]
    """The arms' visitors, the control's first."""

    experiment: Experiment
    """The experiment."""

    guardrails: list[GuardrailAnswer]
    """The guardrails."""

    left_out: LeftOutAnswer
    """What was left out."""

    metrics: list[MetricAnswer]
    """The metrics, the deciding one first."""

    mismatch_p_value: NotRequired[float | None]
    """The chance of such numbers of visitors where they come as planned; below 0.001 is a mismatch."""

    preference: NotRequired[PreferenceAnswer | None]

    sampled: float
    """Share of visitors that the figures rest on; below 1 where there are very many."""

    segments: list[SegmentsAnswer]
    """Whether the deciding metric moves alike in parts of the visitors."""

    verdict: str
    """`too-early`, `mismatch` (visitors did not come as planned: trust nothing), `better`, `worse` or `undecided`."""

    verdict_arm: NotRequired[str | None]
    """The arm that the verdict is about."""


class ExperimentStopBody(TypedDict):
    """The end of an experiment."""

    reason: NotRequired[str | None]
    """Why, for whoever reads it later."""


class ExperimentTarget(TypedDict):
    """Whom an experiment is about; all that is said must hold."""

    languages: NotRequired[list[str] | None]
    """Languages of queries: `zh`, `en`, `und`."""

    segments: NotRequired[list[str] | None]
    """Segments that requests name."""

    surfaces: NotRequired[list[str] | None]
    """`home`, `product`, `cart`, `search`, `after-purchase`."""

    visitors: NotRequired[str | None]
    """`new` (nothing is known from more than a day ago) or `returning`."""


class ExperimentsAnswer(TypedDict):
    """The experiments of a shop."""

    experiments: list[Experiment]
    """Running and ended, in the order of their making."""


class ExplainAnswer(TypedDict):
    """Where an item stands."""

    explanation: NotRequired[ExplanationAnswer | None]

    item: str
    """The item."""

    position: NotRequired[int | None]
    """Its place in the whole answer, from 1; absent where it is not among the first 1000."""

    reasons: list[Reason]
    """What keeps it out; empty where it is shown."""

    total: int
    """Items in the whole answer."""

    what_if: NotRequired[WhatIfAnswer | None]


class ExplainBody(TypedDict):
    """Where does an item stand in an answer, and why, or why not? Name the item and either the search or the
    recommendation.
    """

    item: str
    """The item."""

    recommend: NotRequired[RecommendBody | None]

    search: NotRequired[SearchBody | None]

    to_place: NotRequired[int | None]
    """Ask, too, what would have to change for the item to stand at this place, 1 to 1000."""


class ExplanationAnswer(TypedDict):
    """Why an item stands where it stands: how it was found, how it scored, who moved it. `base` plus the contributions of
    the features is the ranker's score; the rules then changed score or place as they say.
    """

    base: float
    """The ranker's score where all features are neutral."""

    boosts: NotRequired[list[BoostAnswer]]
    """What words added beside their terms."""

    features: list[FeatureAnswer]
    """What each feature added."""

    found: list[FoundAnswer]
    """The sources that found it."""

    fusion: NotRequired[list[FusionAnswer]]
    """How the retrievers' scores were fused."""

    rules: NotRequired[list[RuleAnswer]]
    """Each rule that changed something."""

    score: float
    """The score after all of it."""

    terms: NotRequired[list[TermAnswer]]
    """The words that matched."""

    value: NotRequired[list[ValueAnswer]]
    """The chances that the ranker folded into its score, with their weights: contained in `base` and `features`."""

    vectors: NotRequired[list[VectorAnswer]]
    """How near it is in meaning, by encoder."""


class Exploration(TypedDict):
    """What may be explored, by surface; nothing where it is empty."""

    surfaces: list[SurfaceExploration]
    """One a surface."""


class FacetAnswer(TypedDict):
    """The counts of a facet."""

    attribute: str
    """The attribute."""

    distinct: int
    """Distinct values before the limit."""

    histogram: NotRequired[list[FacetRangeAnswer]]
    """Bins of a numeric attribute."""

    stats: NotRequired[FacetStatsAnswer | None]

    values: list[FacetValueAnswer]
    """Values, most frequent first."""


FacetBody: TypeAlias = "str | FacetOptions"
"""A facet wanted: an attribute's name, or how to count it."""


class FacetOptions(TypedDict):
    """How to count a facet."""

    attribute: str
    """The attribute."""

    bins: NotRequired[int]
    """Bins of a histogram over a numeric attribute; 0 to 200."""

    disjunctive: NotRequired[bool]
    """Whether the filter's own conditions on this attribute are lifted while counting, so that alternatives to what is
    selected keep their counts.
    """

    limit: NotRequired[int]
    """Values at most, most frequent first; 1 to 1000."""

    under: NotRequired[list[str]]
    """For categories: count one level below this path."""


FacetRangeAnswer = TypedDict(
    "FacetRangeAnswer",
    {
        "count": "int",
        "from": "float",
        "to": "float",
    },
)
"""A bin: `from <= value < to`, the last one closed."""


class FacetStatsAnswer(TypedDict):
    """Figures of a numeric facet."""

    count: int
    """Items that have one."""

    max: float
    """Largest value."""

    mean: float
    """Mean value."""

    min: float
    """Smallest value."""


class FacetValueAnswer(TypedDict):
    """A value of a facet."""

    count: int
    """Items that have it."""

    value: str
    """The value; a category's path is joined by ` > `."""


class FeatureAnswer(TypedDict):
    """What a feature added."""

    contribution: float
    """What it added to the score."""

    feature: str
    """The feature."""

    value: float
    """Its value for this item."""


FindingAnswer = TypedDict(
    "FindingAnswer",
    {
        "confidence": "float",
        "consequence": "str",
        "evidence": "str",
        "factor": "NotRequired[float | None]",
        "filter": "NotRequired[str | None]",
        "key": "str",
        "says": "str",
        "span": "NotRequired[list[int] | None]",
        "step": "str",
        "text": "NotRequired[str | None]",
        "with": "NotRequired[list[list[str | float]]]",
    },
)
"""One thing that was read."""


class FindingOfQualityAnswer(TypedDict):
    """Something that is likely wrong with an item."""

    attribute: str
    """The attribute it is about."""

    category: str
    """Where it stands in the tree."""

    evidence: str
    """What speaks for it, in words and numbers."""

    fix: NotRequired[QualityFixAnswer | None]

    item: str
    """The item."""

    rule: str
    """What kind of fault it is."""

    severity: float
    """How grave and how sure, 0 to 1."""

    title: str
    """What it is called."""


class FixAnswer(TypedDict):
    """What may mend a query that finds nothing."""

    kind: str
    """`synonym`, `spelling`, `missing-product` or `too-many-words`."""

    says: str
    """It in words."""

    text: str
    """The synonym rule, the text that was meant, the words that no item has, or the word to leave out."""


class FoundAnswer(TypedDict):
    """A source found the item."""

    because: NotRequired[str | None]
    """Why the source brought it."""

    rank: int
    """Its place in the source's own list, from 1."""

    score: float
    """The source's own score."""

    source: str
    """The source."""


class FoundValuesPage(TypedDict):
    """Items with values that were found for them."""

    items: list[dict[str, Any]]
    """Their ids, titles and found values with where these come from."""

    next: NotRequired[str | None]
    """The `after` of the next page; absent at the end."""


class FusionAnswer(TypedDict):
    """One retriever's part: `contribution = weight * normalised`."""

    contribution: float
    """What it added."""

    normalised: float
    """The item's score made comparable, 0 to 1."""

    retriever: str
    """`words`, or an encoder."""

    weight: float
    """Its weight for this query."""


class GroupAnswer(TypedDict):
    """A group of variants."""

    count: int
    """Matching items in it."""

    id: str
    """The group's id."""


class GroupedItemAnswer(TypedDict):
    """An item of a group."""

    item: str
    """The item."""

    patch: NotRequired[ItemPatch | None]

    price: NotRequired[float | None]
    """Its price."""

    title: str
    """What it is called."""

    undo: NotRequired[ItemPatch | None]

    varies: NotRequired[list[list[str]]]
    """In what it differs from the others: `colour`, `size`, `quantity`, each with its value."""


class GuardrailAnswer(TypedDict):
    """A guardrail for one arm."""

    arm: str

    fault: NotRequired[str | None]
    """Why nothing can be said, where nothing can."""

    harmful: bool
    """Whether the arm is to be stopped."""

    metric: str

    tolerated: float
    """How much worse is tolerated, as a share of the control's value."""

    worse_by: NotRequired[float | None]
    """How much worse than tolerated it is; negative where it is not."""

    worse_by_at_least: NotRequired[float | None]
    """The lower bound of that, valid at any time."""


class GuessAnswer(TypedDict):
    """A label with its probability."""

    name: str
    """The label."""

    probability: float
    """0 to 1."""


class InForceAnswer(TypedDict):
    """What is in force now."""

    in_force: NotRequired[int | None]
    """The version that answers; absent where the shop recommends as it learns live, or ranks untrained."""

    kind: str
    """The kind of recommendation, or what the ranker scores."""


class IntentBody(TypedDict):
    """An intent with its examples."""

    answers: NotRequired[str]
    """Who answers: `search` (where not said), `assistant` or `human`."""

    examples: list[str]
    """Texts that mean it, 5 to 200; 5 to 20 are enough."""

    name: str
    """Its name: letters, digits, - and _. That of a built-in intent takes its place."""


class IntentReportAnswer(TypedDict):
    """How well one intent does."""

    examples: int
    """Its examples."""

    name: str
    """Its name."""

    precision: IntentShareAnswer
    """Of what was read as it, the share that is."""

    recall: IntentShareAnswer
    """Of its examples, the share that was read as it."""


class IntentShareAnswer(TypedDict):
    """A share with the interval that it lies in with 95 % probability."""

    high: float
    """Its upper end."""

    low: float
    """The interval's lower end."""

    value: float
    """The share, 0 to 1."""


class IntentsAnswer(TypedDict):
    """A shop's own intents, with how well they are told apart."""

    intents: list[IntentBody]
    """The intents."""

    report: NotRequired[IntentsReportAnswer | None]


class IntentsBody(TypedDict):
    """A shop's own intents."""

    intents: list[IntentBody]
    """All of them, at most 50; they take the place of those there were."""


class IntentsReportAnswer(TypedDict):
    """How well intents do on examples that they have not seen."""

    accuracy: IntentShareAnswer
    """Share of their examples that were read rightly, told from one another and from the built-in intents."""

    calibration_error: float
    """Expected calibration error of the probabilities."""

    confusions: list[ConfusionAnswer]
    """Which are taken for which, the most frequent first."""

    folds: int
    """Parts that the examples were dealt to; each was read by what the others taught."""

    intents: list[IntentReportAnswer]
    """The intents one by one."""


class IntervalAnswer(TypedDict):
    """A value with what it may be."""

    high: float

    low: float

    value: float


class Item(TypedDict):
    """An item. Well-known attributes stand beside `id`; all others under `attributes`."""

    attributes: NotRequired[dict[str, Any] | None]
    """Everything else by name: a number, true or false, a text, a list of texts, `{"amount", "currency"}`,
    `{"en", "zh"}`, or one of `{"text"}`, `{"keywords"}`, `{"time"}`, `{"path"}`, `{"image"}`.
    """

    available: NotRequired[bool | None]
    """Whether it may be sold; yes where not said."""

    brand: NotRequired[str | None]
    """Who makes it."""

    category: NotRequired[list[list[str]] | None]
    """One or several paths from the root of the category tree."""

    description: NotRequired[Text | None]

    group: NotRequired[str | None]
    """What variants of one product share."""

    id: NotRequired[str | None]
    """Unique inside the shop; 1 to 512 bytes. May be left out where the path has it."""

    image: NotRequired[str | None]
    """Address of its picture; shown, never fetched."""

    picture: NotRequired[Picture | None]

    price: NotRequired[Money | None]

    rating: NotRequired[float | None]
    """Mean rating."""

    rating_count: NotRequired[int | None]
    """Number of ratings."""

    stock: NotRequired[int | None]
    """Pieces in stock; 0 makes it unavailable."""

    tags: NotRequired[list[str] | None]
    """Free labels."""

    title: NotRequired[Text | None]


class ItemOperation(TypedDict):
    """One change of a batch: exactly one of the three."""

    delete: NotRequired[str | None]
    """The id of an item to delete."""

    patch: NotRequired[dict[str, Any] | None]
    """A partial update, with the item's `id`."""

    put: NotRequired[Item | None]


class ItemPage(TypedDict):
    """A page of the catalogue."""

    items: list[Item]
    """Items in order of id."""

    next: NotRequired[str | None]
    """The `after` of the next page; absent at the end."""


ItemPatch: TypeAlias = "dict[str, Any]"
"""A partial update of an item: what is absent stays, `null` removes. The fields are those of an item."""


class ItemsQuery(TypedDict):
    """What `GET /v1/{shop}/items` may be asked."""

    after: NotRequired[str]
    """Id of the last item seen."""

    limit: NotRequired[int]
    """Items at most, 1 to 1000; 100 where not said."""


class ItemsReviewsQuery(TypedDict):
    """What `GET /v1/{shop}/items/{item}/reviews` may be asked."""

    weeks: NotRequired[int]
    """Weeks to tell apart, 1 to 104; 26 where not said."""

    quotes: NotRequired[int]
    """Quotes of each point, 0 to 20; 3 where not said."""

    topics: NotRequired[int]
    """Topics, 0 to 200; 20 where not said."""


class JudgedAnswer(TypedDict):
    """How many judgements a shop has."""

    judgements: int
    """Judged pairs."""


class JudgementBody(TypedDict):
    """What somebody says of two items."""

    left: str
    """An item."""

    right: str
    """Another."""

    same: NotRequired[bool | None]
    """Whether they are the same product; variants of one product are. `null` forgets what was said."""


class JudgementsBody(TypedDict):
    """What people say of pairs."""

    judgements: list[JudgementBody]
    """The pairs."""


class KeyAnswer(TypedDict):
    """A key, without the key itself."""

    created_ms: int
    """When it was made, in milliseconds since 1970."""

    expires_ms: NotRequired[int | None]
    """From when on it opens nothing, in milliseconds since 1970."""

    id: str
    """Names the key; for deleting it."""

    indices: NotRequired[list[str]]
    """Indices that it opens."""

    last_used_ms: NotRequired[int | None]
    """When it was used last since the server started, in milliseconds since 1970."""

    name: str
    """What it is for."""

    per_minute: NotRequired[int | None]
    """Requests it may make in a minute."""

    referers: NotRequired[list[str]]
    """Pages that may send it."""

    scope: Scope
    """What it opens."""


class KeyBody(TypedDict):
    """A key to be made."""

    expires: NotRequired[str | None]
    """From when on it opens nothing: ISO 8601, or milliseconds since 1970; never where not said."""

    indices: NotRequired[list[str]]
    """Indices of the shop that it opens in the storefront protocol, as patterns with `*`; all where not said."""

    name: str
    """What it is for, in your own words; at most 200 bytes."""

    per_minute: NotRequired[int | None]
    """Requests it may make in a minute, 1 to 1,000,000; as many as it likes where not said."""

    referers: NotRequired[list[str]]
    """Pages that may send it, as patterns with `*`; any where not said."""

    scope: Scope
    """What it opens; each scope includes those before it."""


class KeyMade(KeyAnswer):
    """A key that was just made."""

    key: str
    """The key itself: shown this once, kept only as a SHA-256."""


class KeyNamed(TypedDict):
    """A key that did something; it may be gone by now."""

    key: str
    """Its id."""

    name: str
    """Its name then."""


class KeyPage(TypedDict):
    """The keys of a shop."""

    keys: list[KeyAnswer]
    """The keys, oldest first."""


class LearnStrategyBody(TypedDict):
    """How a policy is learnt."""

    gain_min: NotRequired[float | None]
    """What it must bring more than was brought, a session, with 95 % confidence; 0 where not said."""

    method: NotRequired[str | None]
    """`deep-q` (conservative deep Q-learning, the default) or `reinforce` (the off-policy gradient)."""

    seed: NotRequired[int | None]
    """Makes chance repeatable."""


class LearningAnswer(TypedDict):
    """What a shop learns from its events as they come, and what it keeps out of that."""

    drifts: list[DriftAnswer]
    """Features that answers are scored from and that are distributed otherwise than they were, looked at every minute."""

    exploration: list[SurfaceAnswer]
    """What exploring does and costs, by surface."""

    online: OnlineAnswer

    quarantine: QuarantineAnswer

    rankers: list[ServingRankerAnswer]
    """Trained rankers in force."""


class LeftOutAnswer(TypedDict):
    """Visitors and events that a report leaves out."""

    arms_unknown: int
    """Slates with an arm that the experiment does not have."""

    bots: int
    """Visitors with more than 60 events within a minute."""

    clicks_unshown: int
    """Clicks that follow from no slate shown to the visitor."""

    crossed: int
    """Visitors who were in two arms, such as guests who logged in."""

    duplicates: int
    """Deeds and slates that were told twice."""

    erased: int
    """Visitors forgotten on their own wish."""

    from_the_future: int
    """Events from the future."""

    other_currency: int
    """Deeds whose money is of another currency."""


class LogPage(TypedDict):
    """A page of the log."""

    events: list[LoggedEventAnswer]
    """Events in order."""

    next: int
    """The `from` of the next page."""


LogQuery = TypedDict(
    "LogQuery",
    {
        "from": "NotRequired[int]",
        "limit": "NotRequired[int]",
    },
)
"""What `GET /v1/{shop}/log` may be asked."""


class LoggedEventAnswer(TypedDict):
    """An event with its place in the log."""

    event: Event
    """The event."""

    position: int
    """Its place."""


class MatcherAnswer(TypedDict):
    """What pairs are judged by."""

    f1: NotRequired[float | None]
    """F1 on the judged pairs, each judged by what was learnt from others."""

    is_own: bool
    """Whether it was learnt from the shop's judgements; otherwise it is the one that every shop begins with."""

    judged_different: int
    """Judged pairs that are not."""

    judged_same: int
    """Judged pairs that are the same product."""

    other_f1: NotRequired[float | None]
    """F1 of the one that is not used, where both were tried."""


class MeasuredAnswer(TypedDict):
    """What an arm does to a metric."""

    always_valid: NotRequired[AlwaysValidAnswer | None]

    chance_to_be_best: float
    """The chance that the arm is better than the control."""

    control: float
    """The metric in the control."""

    difference: IntervalAnswer
    """Arm less control, with the 95 % interval of an end fixed beforehand."""

    expected_loss: float
    """What choosing the arm would lose, on average."""

    lift: NotRequired[IntervalAnswer | None]

    p_value: float
    """Of no difference, at an end fixed beforehand."""

    p_value_benjamini_hochberg: float
    """Corrected for all metrics and arms (Benjamini-Hochberg)."""

    p_value_holm: float
    """Corrected for all metrics and arms (Holm)."""

    treatment: float
    """The metric in the arm."""

    variance_reduction: float
    """Share of the variance that the visitors' own past took away (CUPED)."""


class MetricAnswer(TypedDict):
    """A metric in all arms."""

    comparisons: list[ComparisonAnswer]
    """Each arm beside the control."""

    cut_at: NotRequired[float | None]
    """What a visitor's sum is cut to."""

    description: str
    """What it says."""

    higher_is_better: bool
    """Whether more is better."""

    name: str
    """Its name."""


class Money(TypedDict):
    """An amount of money."""

    amount: float
    """Units of the currency."""

    currency: str
    """An ISO 4217 code."""


NeededChangeAnswer = TypedDict(
    "NeededChangeAnswer",
    {
        "about": "str",
        "feature": "str",
        "from": "float",
        "to": "float",
    },
)
"""A change of one feature that would be enough."""


class OnlineAnswer(TypedDict):
    """What every click teaches at once."""

    alerts: int
    """Of them, with evidence of a change."""

    blocks: int
    """Blocks of examples that the watchdog judged."""

    evidence: list[ChangeEvidenceAnswer]
    """The last evidence of a change since the server began."""

    excluded: int
    """Examples left out."""

    falls: int
    """How often the last good ranking took over."""

    has_fallen_back: bool
    """Whether far fewer of the items looked at are clicked than before, so that the ranking without it serves for a while."""

    learnt: int
    """Examples learnt from."""

    log_loss: float
    """Mean log-loss of predictions made before they were learnt from."""

    recoveries: int
    """How often what is learnt came back."""

    strength: float
    """By how much it may move a score: `online_learning` of the settings."""


class PairAnswer(TypedDict):
    """Two items, and what they are to one another."""

    evidence: list[str]
    """What speaks for and against it."""

    left: str
    """An item."""

    probability: float
    """How likely they are the same product, variants included."""

    relation: str
    """`duplicate`, `variant` or `different`."""

    right: str
    """Another."""


class PassageAnswer(TypedDict):
    """A piece of an item's text."""

    attribute: str
    """The attribute."""

    end: int
    """The byte after its last."""

    start: int
    """Its first byte."""


class Picture(TypedDict):
    """What an image encoder saw in an item's picture; the picture itself is kept nowhere."""

    digest: str
    """First half of the SHA-256 of the picture's bytes, in hexadecimal."""

    encoder: str
    """Version of the image encoder."""

    vector: NotRequired[str | None]
    """The vector in base64: a scale (f32), then one signed byte a number. Left out in slates."""


class PicturesDuplicatesQuery(TypedDict):
    """What `GET /v1/{shop}/pictures/duplicates` may be asked."""

    cosine: NotRequired[float]
    """From this cosine on two pictures are the same, 0.5 to 1; 0.98 where not said."""


class PointAnswer(TypedDict):
    """An aspect that is praised, or blamed."""

    aspect: NotRequired[str | None]
    """The aspect; absent where the item as a whole is meant."""

    of: int
    """Reviews that speak of it."""

    quotes: list[QuoteAnswer]
    """Some of their words."""

    reviews: int
    """Reviews that say so."""


class PoliciesBody(TypedDict):
    """What a shop says of itself."""

    policies: list[PolicyBody]
    """All texts, at most 200; they take the place of those there were. An empty list takes all away."""


class PolicyBody(TypedDict):
    """A text of a shop about itself: a policy, or the answer to a question."""

    id: str
    """Its name: letters, digits, - and _, at most 64."""

    language: NotRequired[str | None]
    """`en` or `zh`; guessed by the script where not said."""

    text: str
    """What it says, at most 20,000 characters. Answers quote a passage: what stands between empty lines, or some sentences."""

    title: str
    """What it is about, or the question it answers; at most 200 characters."""

    url: NotRequired[str | None]
    """Where shoppers read it."""


class PreferenceAnswer(TypedDict):
    """Whose results are clicked of two arms that share every answer."""

    credit: IntervalAnswer
    """Mean credit of a visitor, above 0 for the control, with its 95 % interval."""

    first: int
    """Visitors who clicked more of the control's."""

    margin: float
    """How far the control is preferred, -0.5 to 0.5."""

    p_value: float
    """Of no preference (exact sign test), at the end that was planned."""

    second: int
    """Visitors who clicked more of the other arm's."""

    ties: int
    """Visitors who clicked as much of both, or nothing."""


PriceBinAnswer = TypedDict(
    "PriceBinAnswer",
    {
        "from": "float",
        "items": "int",
        "out_of_line": "int",
        "to": "float",
    },
)
"""A part of the range of prices."""


class ProblemAnswer(TypedDict):
    """Something that is wrong with settings."""

    expected: str
    """What would be taken."""

    field: str
    """The path of the value."""

    got: str
    """What was found."""


class ProductGroupAnswer(TypedDict):
    """Items that are one product, or variants of one."""

    evidence: list[str]
    """What speaks for it, from its likeliest pair."""

    group: NotRequired[str | None]
    """What variants would share as their group."""

    items: list[GroupedItemAnswer]
    """The items; of duplicates, the one that tells most comes first."""

    probability: float
    """The probability of the least likely pair that joined it."""

    relation: str
    """`duplicate` or `variant`."""


class PromoteBody(TypedDict):
    """A version to put in force."""

    kind: str
    """`for-you`, `similar` or `bought-together`."""

    version: int
    """The version."""


class ProposalAnswer(TypedDict):
    """A value that an item lacks."""

    attribute: str
    """The attribute."""

    confidence: float
    """How often such values were right where they were held out, 0 to 1."""

    evidence: str
    """What speaks for it."""

    item: str
    """The item."""

    maker: str
    """What found it."""

    passage: NotRequired[PassageAnswer | None]

    title: str
    """What it is called."""

    value: dict[str, Any]
    """The value."""


class ProposalsAnswer(TypedDict):
    """Synonyms to accept or reject."""

    proposals: list[SynonymProposalAnswer]
    """The likeliest first; none is in force."""

    rejected: list[RejectedAnswer]
    """Those that were rejected and are not proposed again."""


class QualityAnswer(TypedDict):
    """What is wrong with the catalogue."""

    checking: NotRequired[CheckingAnswer | None]

    report: NotRequired[QualityReportAnswer | None]


class QualityCountAnswer(TypedDict):
    """How many findings there are."""

    category: str
    """The category of the first level; empty for items without one."""

    findings: int
    """All."""

    fixable: int
    """Those with a fix."""

    rule: str
    """The rule."""


class QualityFixAnswer(TypedDict):
    """A change that mends a finding."""

    patch: ItemPatch
    """The change, as `PATCH /v1/{shop}/items/{item}` and `items:batch` take it."""

    says: str
    """In words."""

    undo: ItemPatch
    """What takes it back: the shop's own values."""


class QualityQuery(TypedDict):
    """What `GET /v1/{shop}/quality` may be asked."""

    rule: NotRequired[str]
    """Rules, separated by commas: `not_a_product`, `outlier`, `contradiction`, `missing`, `wrong_category`, `duplicate`."""

    category: NotRequired[str]
    """Categories that begin so, such as `Shoes > Hiking`."""

    attribute: NotRequired[str]
    """The attribute they are about."""

    fixable: NotRequired[bool]
    """Only those that can be mended (or with `false`, that cannot)."""

    severity: NotRequired[float]
    """How grave and sure at least, 0 to 1."""

    after: NotRequired[int]
    """Findings to skip: the `next` of the page before."""

    limit: NotRequired[int]
    """Findings at most, 1 to 1000; 100 where not said."""


class QualityReportAnswer(TypedDict):
    """A report on the catalogue."""

    counts: list[QualityCountAnswer]
    """Findings by rule and category of the first level, whatever was asked for."""

    currency: NotRequired[str | None]
    """The currency of `prices`."""

    findings: list[FindingOfQualityAnswer]
    """A page of them, the gravest first."""

    items: int
    """Items read."""

    next: NotRequired[int | None]
    """The `after` of the next page; absent at the end."""

    prices: list[PriceBinAnswer]
    """How prices are distributed."""

    total: int
    """Findings of those asked for."""


class QuarantineAnswer(TypedDict):
    """What programs did; it stays in the log, but nothing is learnt from it."""

    actors: int
    """Actors kept out now."""

    kept_out: int
    """Deeds and answers kept out so far."""

    too_fast: int
    """How often somebody was too fast for a person."""

    too_steady: int
    """How often somebody kept a machine's pace."""


class QueriesAnswer(TypedDict):
    """Queries with how much they are asked."""

    queries: list[QueryAnswer]
    """The most asked, or the most telling, first."""


class QueriesQuery(TypedDict):
    """What `GET /v1/{shop}/queries` may be asked."""

    after: NotRequired[str]
    """Queries that are searched for after this one; where not said, queries that found nothing, or that nobody
    clicks after, are listed.
    """

    by: NotRequired[str]
    """Which are listed: `troubled` (where not said: `found-nothing`, then `no-clicks`), `top`, `rising` (asked much more often of
    late), `found-nothing`, `no-clicks` or `abandoned` (no click, and no other query either that was then clicked after).
    """

    limit: NotRequired[int]
    """Queries to return, 1 to 1000; 100 where not said."""


class QueryAnswer(TypedDict):
    """A query that people asked."""

    change: NotRequired[float | None]
    """How many times as great its part of the last days' searches is as its part of all."""

    click_rate: NotRequired[float | None]
    """Share of the sessions in which something was clicked, 0 to 1."""

    count: float
    """Searches, faded by age."""

    fixes: NotRequired[list[FixAnswer]]
    """What may mend it, the surest first."""

    lift: NotRequired[float | None]
    """How many times likelier it is after the other query than anyway."""

    problem: NotRequired[str | None]
    """`found-nothing` or `no-clicks`."""

    text: str
    """The query."""


class QueryPattern(TypedDict):
    """What a query must look like, as typed or with its slips mended."""

    match: NotRequired[str | None]
    """`is` where not said, `starts-with`, `ends-with` or `contains`: by whole words, in Chinese by characters."""

    text: str
    """With what; an empty text that a query `is` means browsing."""


class QuoteAnswer(TypedDict):
    """Words of a review."""

    item: str
    """What the review is about."""

    said: int
    """Reviews that say so in the same words, as far as is remembered."""

    text: str
    """The words."""

    time: str
    """When they were written."""


class RankerAnswer(TypedDict):
    """A version of a trained ranker."""

    bytes: int
    """Bytes it has."""

    in_force: bool
    """Whether it is the one that was put in force last."""

    made_ms: int
    """When it was trained, in milliseconds since 1970."""

    report: dict[str, Any]
    """What its training says: the way of training, the comparison with the untrained ranker over all and by kind of
    shopper, and `importance`, how far each feature moves the items of an answer apart.
    """

    version: int
    """Its number."""


class RankerKindAnswer(TypedDict):
    """The trained rankers of a kind."""

    degraded: NotRequired[str | None]
    """Why the version in force cannot be used, where it cannot; the untrained ranker scores then."""

    in_force: NotRequired[int | None]
    """The version that scores; absent where the untrained ranker does."""

    kind: str
    """`search` or `recommend`."""

    versions: list[RankerAnswer]
    """All versions that are kept, oldest first."""


class RankersAnswer(TypedDict):
    """The trained rankers of a shop."""

    kinds: list[RankerKindAnswer]
    """One entry for what is scored: searches, recommendations."""


class ReadingAnswer(TypedDict):
    """How a query was understood."""

    categories: list[GuessAnswer]
    """Categories the wanted items are in, the likeliest first."""

    did_you_mean: NotRequired[str | None]
    """What may have been meant instead."""

    findings: list[FindingAnswer]
    """What each step read."""

    intents: list[GuessAnswer]
    """What the shopper is after, the likeliest first."""

    kept: NotRequired[str | None]
    """The same without the words that were let go, where too little was found with them; what words are searched by."""

    language: str
    """`zh`, `en` or `other`."""

    micros: list[list[str | int]]
    """Microseconds each step took."""

    query: str
    """The query as typed."""

    route: RouteAnswer
    """Who should answer."""

    text: str
    """The text that is searched for."""

    words: list[list[int]]
    """The words, as bytes of the query from and to."""


class Reason(TypedDict):
    """Something that keeps an item out of an answer."""

    code: str
    """`unavailable`, `filtered`, `excluded`, `hidden`, `grouped`, `seen`, `not_found` or `beyond`."""

    message: str
    """The same in a sentence."""


class RebuildAnswer(TypedDict):
    """An index being built beside the live one, in items."""

    done: int
    """Items in it so far."""

    total: int
    """Items it is to have."""


class RecommendBody(TypedDict):
    """A recommendation. Name the `kind`, or the `surface` it is for and let that choose the kind: `home` for-you,
    `product` similar, `cart` bought-together, `search` popular, `after-purchase` bought-together.
    """

    anonymous: NotRequired[str | None]
    """A guest, recognised by a cookie or a device."""

    cursor: NotRequired[str | None]
    """The `next` of the page before."""

    device: NotRequired[str | None]
    """What the answer is looked at on: `desktop`, `tablet` or `phone`."""

    diversity: NotRequired[float | None]
    """Variety against score, 0 to 1; the shop's where not said."""

    exclude: NotRequired[list[str]]
    """Items never to show."""

    exclude_seen: NotRequired[bool]
    """Whether items the shopper has bought or seen are left out."""

    explain: NotRequired[bool]
    """Whether every item explains itself."""

    facets: NotRequired[list[FacetBody]]
    """Facets to count."""

    filter: NotRequired[str | None]
    """What may be shown."""

    group: NotRequired[bool]
    """Whether variants of one group are shown as one."""

    include_unavailable: NotRequired[bool]
    """Whether items that cannot be bought are shown too."""

    items: NotRequired[list[str]]
    """Items to start from: the product looked at, the cart; for `for-you`, what somebody new picked as to their taste."""

    kind: NotRequired[str | None]
    """`for-you`, `similar`, `looks-similar` (by the pictures), `bought-together`, `trending`, `popular`, `recently-viewed` or `new`."""

    limit: NotRequired[int | None]
    """Items to return, 1 to 1000; 20 where not said."""

    objectives: NotRequired[dict[str, Any] | None]
    """What counts beside relevance: `purchase`, `margin` and `novelty`, each 0 to 1, at most 1 together; the shop's where not
    said.
    """

    offset: NotRequired[int]
    """Items to skip; offset + limit is at most 10,000."""

    personalise: NotRequired[bool | None]
    """Whether what is known of the shopper moves the order; yes where not said."""

    record: NotRequired[bool | None]
    """Whether the answer is logged as shown; yes where not said."""

    reranking: NotRequired[dict[str, Any] | None]
    """What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
    shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
    `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
    where not said.
    """

    rules: NotRequired[list[dict[str, Any]]]
    """Pins, boosts, buries and hides of this request alone."""

    seed: NotRequired[int]
    """Seed of whatever chance the ranking uses."""

    segment: NotRequired[str | None]
    """The shop's own segment of the shopper, for targets of experiments; at most 64 characters."""

    session: NotRequired[str | None]
    """The visit."""

    surface: NotRequired[str | None]
    """`home`, `product`, `cart`, `search` or `after-purchase`."""

    user: NotRequired[str | None]
    """The shopper, as the shop knows them."""


class RecommendQuery(TypedDict):
    """What `GET /v1/{shop}/recommend` may be asked."""

    kind: NotRequired[str]
    """What to recommend."""

    surface: NotRequired[str]
    """Where it will stand."""

    items: NotRequired[str]
    """Items to start from."""

    user: NotRequired[str]
    """The shopper."""

    anonymous: NotRequired[str]
    """A guest."""

    session: NotRequired[str]
    """The visit."""

    filter: NotRequired[str]
    """What may be shown."""

    limit: NotRequired[int]
    """Items to return, 1 to 1000."""

    explain: NotRequired[bool]
    """Whether every item explains itself."""


class RecommenderAnswer(TypedDict):
    """A version of a trained recommender."""

    bytes: int
    """Bytes it has."""

    in_force: bool
    """Whether it is the one that was put in force last."""

    made_ms: int
    """When it was trained, in milliseconds since 1970."""

    model: NotRequired[str | None]
    """Its method."""

    report: dict[str, Any]
    """What its training says: hyper-parameters, data, seconds, and the comparison."""

    version: int
    """Its number."""


class RecommenderKindAnswer(TypedDict):
    """The trained recommenders of a kind."""

    degraded: NotRequired[str | None]
    """Why the version in force cannot be used, where it cannot."""

    in_force: NotRequired[int | None]
    """The version that answers; absent where the shop recommends as it learns live."""

    kind: str
    """`for-you`, `similar` or `bought-together`."""

    versions: list[RecommenderAnswer]
    """All versions that are kept, oldest first."""


class RecommendersAnswer(TypedDict):
    """The trained recommenders of a shop."""

    kinds: list[RecommenderKindAnswer]
    """One entry a kind of recommendation."""


RejectedAnswer = TypedDict(
    "RejectedAnswer",
    {
        "from": "str",
        "id": "str",
        "to": "str",
    },
)
"""A rejected proposal."""


class ReviewsAnswer(TypedDict):
    """What reviews say together, in their own words."""

    aspects: list[AspectAnswer]
    """What they speak of, the most spoken of first."""

    cons: list[PointAnswer]
    """What most blame first."""

    earlier: TallyAnswer
    """The reviews before them."""

    items: int
    """Items that have reviews."""

    pros: list[PointAnswer]
    """What most praise first."""

    read_by: str
    """What told praise from blame where no rating did: `lexicon`, or the settings' `reviews_model`."""

    reviews: TallyAnswer
    """The reviews."""

    topics: list[TopicAnswer]
    """Opinions that reviews share, the most shared first."""

    weeks: list[WeekAnswer]
    """The last weeks in order, those without reviews too."""


class ReviewsQuery(TypedDict):
    """What `GET /v1/{shop}/reviews` may be asked."""

    brand: NotRequired[str]
    """Items of this brand only."""

    category: NotRequired[str]
    """Items of this category and those below it only: its path, or the end of one, joined by `>`."""

    weeks: NotRequired[int]
    """Weeks to tell apart, 1 to 104; 26 where not said."""

    quotes: NotRequired[int]
    """Quotes of each point, 0 to 20; 3 where not said."""

    topics: NotRequired[int]
    """Topics, 0 to 200; 20 where not said."""


class RollBackBody(TypedDict):
    """A kind of recommendation whose last promotion is taken back."""

    kind: str
    """`for-you`, `similar` or `bought-together`."""


class RouteAnswer(TypedDict):
    """Who should answer."""

    category: NotRequired[str | None]
    """The category's path, joined by ` > `."""

    to: str
    """`search`, `category`, `assistant` or `human`."""


class RowError(TypedDict):
    """A row of a batch that was refused."""

    code: str
    """Stable and machine-readable."""

    expected: str
    """What would have been accepted."""

    field: str
    """Path of the field; empty where the row as a whole is at fault."""

    got: str
    """What was found, shortened."""

    line: NotRequired[int | None]
    """Line of the body, from 1, where rows are lines."""

    row: int
    """The row, from 1; empty lines do not count."""


class RuleAnswer(TypedDict):
    """What a rule did."""

    effect: str
    """What it did."""

    rule: str
    """The rule."""


class SameProductAnswer(TypedDict):
    """Which items are one product, or variants of one."""

    checking: NotRequired[CheckingAnswer | None]

    report: NotRequired[SameProductReportAnswer | None]


class SameProductReportAnswer(TypedDict):
    """A report on duplicates and variants."""

    compared: int
    """Pairs compared: those that share something rare."""

    groups: list[ProductGroupAnswer]
    """A page of them: duplicates first, then variants, the surest first."""

    items: int
    """Items read."""

    matcher: MatcherAnswer
    """What they were judged by."""

    next: NotRequired[int | None]
    """The `after` of the next page; absent at the end."""

    total: int
    """Groups of those asked for."""

    unsure: NotRequired[list[PairAnswer]]
    """Pairs whose judgement would teach most, the least sure first; on the first page only."""


Scope: TypeAlias = "Literal[\"search\", \"write\", \"admin\"]"
"""What a key opens; each scope includes those before it."""


class SearchBody(TypedDict):
    """A search."""

    anonymous: NotRequired[str | None]
    """A guest, recognised by a cookie or a device."""

    cross_encoder: NotRequired[bool | None]
    """Whether the shop's cross-encoder reads the best results once more, where it has one; yes where not said."""

    curated: NotRequired[bool | None]
    """Whether the shop's curations have a say; yes where not said."""

    cursor: NotRequired[str | None]
    """The `next` of the page before; stable while writes go on."""

    cutoff: NotRequired[float | None]
    """Share of the best possible match under which results are cut off, 0 to 1."""

    depth: NotRequired[int | None]
    """Candidates a retriever brings, 1 to 10,000; 200 where not said."""

    device: NotRequired[str | None]
    """What the answer is looked at on: `desktop`, `tablet` or `phone`."""

    diversity: NotRequired[float | None]
    """Variety against relevance, 0 to 1; the shop's where not said."""

    exclude: NotRequired[list[str]]
    """Items never to show."""

    exclude_seen: NotRequired[bool]
    """Whether items the shopper has bought or seen are left out."""

    explain: NotRequired[bool]
    """Whether every item explains itself."""

    facets: NotRequired[list[FacetBody]]
    """Facets to count, over the whole answer."""

    fields: NotRequired[dict[str, float]]
    """Weights of text attributes, 0 to 1000, over the shop's."""

    filter: NotRequired[str | None]
    """What may be shown, such as `brand = "Sony" and price < 200 and not category under "Toys"`."""

    group: NotRequired[bool]
    """Whether variants of one group are shown as one."""

    include_unavailable: NotRequired[bool]
    """Whether items that cannot be bought are shown too."""

    items: NotRequired[list[str]]
    """Items the shopper is looking at."""

    limit: NotRequired[int | None]
    """Items to return, 1 to 1000; 20 where not said."""

    method: NotRequired[str | None]
    """`hybrid` (words and meaning, the default), `lexical` or `dense`."""

    offset: NotRequired[int]
    """Items to skip; offset + limit is at most 10,000."""

    personalise: NotRequired[bool | None]
    """Whether what is known of the shopper moves the order; yes where one is named."""

    picture: NotRequired[str | None]
    """A picture (JPEG, PNG or WebP, in base64) to search with: alone where nothing is typed, else beside the words. A
    search takes 256 KiB in all; `POST /v1/{shop}/pictures/search` takes 12 MiB.
    """

    picture_weight: NotRequired[float | None]
    """The picture's part in the score beside words, 0 to 1; 0.5 where not said."""

    preview: NotRequired[list[str]]
    """Ids of curations that are to have their say whatever their time, by their draft where there is one; at most 100. Needs a
    key that writes.
    """

    query: NotRequired[str]
    """What was typed, in any language; empty browses the catalogue. At most 2,048 bytes."""

    record: NotRequired[bool | None]
    """Whether the answer is logged as shown; yes where not said."""

    reranking: NotRequired[dict[str, Any] | None]
    """What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
    shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
    `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
    where not said.
    """

    rules: NotRequired[list[dict[str, Any]]]
    """Pins, boosts, buries and hides of this search alone: `{"boost": {"filter": "brand = \\"Sony\\"", "factor": 2}}`."""

    seed: NotRequired[int]
    """Seed of whatever chance the ranking uses."""

    segment: NotRequired[str | None]
    """The shop's own segment of the shopper, for targets of experiments; at most 64 characters."""

    session: NotRequired[str | None]
    """The visit."""

    snippets: NotRequired[list[str]]
    """Text attributes of which the best matching part is returned marked, beside the whole title; at most 8."""

    sort: NotRequired[list[SortBody]]
    """Order other than by relevance, first key first."""

    surface: NotRequired[str | None]
    """`search` where not said; otherwise `home`, `product`, `cart` or `after-purchase`."""

    understanding: NotRequired[UnderstandingBody]
    """How the query is understood."""

    user: NotRequired[str | None]
    """The shopper, as the shop knows them."""

    weights: NotRequired[dict[str, float]]
    """Fusion weights by retriever (`words` or an encoder), 0 to 1000; by default every query chooses its own."""


class SearchQuery(TypedDict):
    """What `GET /v1/{shop}/search` may be asked."""

    q: NotRequired[str]
    """What was typed."""

    filter: NotRequired[str]
    """What may be shown."""

    facets: NotRequired[str]
    """Attributes to count."""

    sort: NotRequired[str]
    """Order, such as `price:asc,rating:desc`."""

    group: NotRequired[bool]
    """Whether variants of one group are shown as one."""

    offset: NotRequired[int]
    """Items to skip."""

    limit: NotRequired[int]
    """Items to return, 1 to 1000."""

    cursor: NotRequired[str]
    """The `next` of the page before."""

    method: NotRequired[str]
    """`hybrid`, `lexical` or `dense`."""

    user: NotRequired[str]
    """The shopper."""

    anonymous: NotRequired[str]
    """A guest."""

    session: NotRequired[str]
    """The visit."""

    explain: NotRequired[bool]
    """Whether every item explains itself."""


class SegmentAnswer(TypedDict):
    """One part of the visitors."""

    difference: IntervalAnswer

    name: str

    p_value: float
    """Of no difference, corrected for the number of parts."""

    p_value_interaction: float
    """Of the same effect as in all other parts, corrected for their number."""


class SegmentsAnswer(TypedDict):
    """The deciding metric in parts of the visitors."""

    arm: str

    by: str
    """By what: `visitors` or `language`."""

    p_value_interaction: NotRequired[float | None]
    """Of the same effect everywhere; left out where it cannot be told."""

    parts: list[SegmentAnswer]


class SellingPointBody(TypedDict):
    """A selling point."""

    name: str
    """What it is called."""

    phrases: list[str]
    """3 to 500 phrases that say it."""


class SellingPointsBody(TypedDict):
    """Selling points that are looked for in items' texts."""

    points: list[SellingPointBody]
    """All of them; none looks for none."""


class SeriesAnswer(TypedDict):
    """What happened in a shop over time."""

    currency: NotRequired[str | None]
    """The currency of the revenue: the one that brought most, absent where nothing was sold."""

    points: list[SeriesPoint]
    """One a step, oldest first, steps without any activity included."""

    step: str
    """`hour` or `day`."""


class SeriesPoint(TypedDict):
    """What happened in one step."""

    carts: int
    """See above."""

    click_through: NotRequired[float | None]
    """Answers that something was clicked in, by answers; those clicked in this step, whenever they were given."""

    clicks: int
    """Clicks, things put into carts, and lines bought."""

    conversion: NotRequired[float | None]
    """Answers that something was bought from, by answers."""

    degraded: int
    """Answers of which a part failed."""

    failed: int
    """Requests that failed for the server's (status 5xx), since it started."""

    purchases: int
    """See above."""

    recommendations: int
    """Recommendations that were answered and logged."""

    refused: int
    """Requests that were refused for the caller's reasons (status 4xx), since the server started."""

    revenue: float
    """What was bought for, in `currency`."""

    searches: int
    """Searches that were answered and logged, or told by others."""

    searches_empty: int
    """Of the answered ones, those that found nothing."""

    time_ms: int
    """When it begins, in milliseconds since 1970."""

    took_p50_ms: NotRequired[int | None]
    """Milliseconds within which half of the answers were made, to the accuracy of classes of durations."""

    took_p99_ms: NotRequired[int | None]
    """Within which 99 % were."""


SeriesQuery = TypedDict(
    "SeriesQuery",
    {
        "from": "NotRequired[int]",
        "until": "NotRequired[int]",
        "step": "NotRequired[str]",
    },
)
"""What `GET /v1/{shop}/series` may be asked."""


class ServingRankerAnswer(TypedDict):
    """A kind of ranker, and the trained version in force."""

    kind: str
    """`search` or `recommend`."""

    version: NotRequired[int | None]
    """The version; null where the untrained ranker serves."""


class Settings(TypedDict):
    """What a shop decides about itself."""

    attributes: NotRequired[dict[str, Any] | None]
    """Attributes declared ahead: `{"colour": {"type": "keywords", "weight": 1}}`."""

    audit_groups: NotRequired[bool | None]
    """Whether audits may tell groups of users apart."""

    cross_encoder: NotRequired[dict[str, Any] | None]
    """What reads the best results of a search together with the query once more: `model`, a cross-encoder; `top` (2 to 100; 10),
    `budget_ms` (1 to 10,000; 50), after which what is not read keeps its place; `weight` (0 to 1; .5) beside the score it
    finds. `null` for nothing.
    """

    cutoff: NotRequired[float | None]
    """Share of the best possible match under which results are cut off, 0 to 1."""

    diversity: NotRequired[float | None]
    """Variety of answers, 0 to 1."""

    encoded: NotRequired[list[str] | None]
    """Attributes whose text is encoded, in order."""

    encoders: NotRequired[list[str] | None]
    """Encoders whose vectors items have; none searches by words alone."""

    fusion: NotRequired[dict[str, Any] | None]
    """How words and vectors are weighed: `words`, `words_selective` (0 to 1), `coverage_power` (0 to 4), and `feedback`, how
    far what is like the first results comes up behind the first 20 (0 to 1).
    """

    lexical: NotRequired[dict[str, Any] | None]
    """What is added where words decide, in shares of the best score that words can reach: `phrase`, `exact` and `number`
    (0 to 4); `minimum_match`, the share of a long query that an item must have where enough
    do (0 to 1).
    """

    log_impressions: NotRequired[bool | None]
    """Whether answers are logged as shown."""

    objectives: NotRequired[dict[str, Any] | None]
    """What counts beside relevance in recommendations: `purchase`, `margin` (the attribute of this name) and `novelty`, each
    0 to 1, at most 1 together.
    """

    online_learning: NotRequired[float | None]
    """The most that clicks as they come may add to a result's score or take from it, 0 to 1."""

    pictures: NotRequired[str | None]
    """The model pictures are compared with: an image encoder, or a joint space of texts and pictures; `null` for none."""

    reranking: NotRequired[dict[str, Any] | None]
    """What answers are ordered anew for: `popularity`, `calibration`, `dpp`, `exposure`, `long_tail` (each 0 to 1), `protected`
    (a `filter` and a `share`) and `caps`.
    """

    retention_days: NotRequired[int | None]
    """Days after which interactions may leave the log."""

    reviews_model: NotRequired[str | None]
    """The label model that tells praise from blame in reviews, such as `mercato train` makes; `null` leaves it to the lexicon."""

    rules: NotRequired[list[dict[str, Any]] | None]
    """Pins, boosts, buries and hides of every request: `{"boost": {"filter": "brand = \\"Sony\\"", "factor": 1.5}}`."""

    tagger: NotRequired[str | None]
    """The tagging model that reads values in queries beside the lexicon, such as `mercato eval tag --keep` makes; `null`
    for none.
    """

    takeover_minutes: NotRequired[float | None]
    """Minutes in which a ranker that is put in force takes over from the one before, 0 (at once) to 10,080; 10 where not
    said.
    """

    typed: NotRequired[bool | None]
    """Whether words are kept as they are written too, for searches that find words by their beginnings and past slips."""

    value_weights: NotRequired[dict[str, Any] | None]
    """What outcomes are worth to rankers that tell their chances: `click`, `cart`, `purchase`, `return` (a cost) and
    `margin`, each 0 to 100.
    """

    weights: NotRequired[dict[str, float] | None]
    """Weights of kinds of interactions: `{"purchase": 5}`."""


class ShareAnswer(TypedDict):
    """How many of so many."""

    all: int
    """All reviews."""

    negative: int
    """Negative reviews."""

    share: float
    """The one by the other."""


class ShopAnswer(TypedDict):
    """A shop."""

    id: str
    """Its name."""


class ShopBody(TypedDict):
    """A shop to be made."""

    id: str
    """Its name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit."""

    settings: NotRequired[Settings | None]


class ShopPage(TypedDict):
    """All shops."""

    shops: list[ShopAnswer]
    """The shops, sorted by name."""


class SkippedAnswer(TypedDict):
    """Something that was not taken, and why."""

    count: int
    """How often."""

    reason: str
    """Why."""

    what: str
    """What, in the sender's own words."""


class SlateAnswer(TypedDict):
    """The answer to a search or a recommendation."""

    banners: NotRequired[list[Banner]]
    """What is to be told beside the results, as curations say."""

    curations: NotRequired[list[str]]
    """Ids of the curations that had a say."""

    degraded: list[DegradedAnswer]
    """Parts of the pipeline that failed and were left out; empty where all is well."""

    facets: list[FacetAnswer]
    """Facets in the order asked for, counted over the whole answer; exact."""

    items: list[SlateItemAnswer]
    """The page, best first."""

    next: NotRequired[str | None]
    """The `cursor` of the next page; absent at the end."""

    query_id: str
    """Names this answer; send it with the events that follow from it."""

    ranker: str
    """Version of the ranker."""

    redirect: NotRequired[str | None]
    """Where the shopper is to be sent, as a curation says."""

    total: int
    """Items in the whole answer (groups, where grouped); exact."""

    understanding: NotRequired[ReadingAnswer | None]


class SlateItemAnswer(TypedDict):
    """An item of a page."""

    explanation: NotRequired[ExplanationAnswer | None]

    group: NotRequired[GroupAnswer | None]

    highlights: NotRequired[dict[str, str]]
    """Attribute → its text as HTML, escaped, with matches between `<em>` and `</em>`."""

    id: str
    """The item's id."""

    item: Item
    """The item as the catalogue has it."""

    position: NotRequired[int | None]
    """Its place in the whole answer, from 1; absent on pages reached by cursor."""

    score: float
    """Its final score."""

    source: str
    """The source that ranked it best."""


SortBody: TypeAlias = "str | SortOptions"
"""A key of an order: `"price"`, `"price:desc"`, or both parts."""


class SortOptions(TypedDict):
    """An attribute and a direction."""

    attribute: str
    """The attribute."""

    order: NotRequired[str]
    """`asc` or `desc`."""


class StatsAnswer(TypedDict):
    """Figures about a shop."""

    actors: int
    """Shoppers with state."""

    disk_bytes: int
    """Bytes on disk."""

    embeddings_pending: int
    """Vectors not computed yet, over all encoders."""

    events: int
    """Events in the log."""

    index_lag: int
    """Item changes not yet searchable by words."""

    items: int
    """Items in the catalogue."""

    lexicon_lag: int
    """Item changes whose words (brands, kinds, spellings, the currency) queries are not read with yet: seconds after many
    items changed, a minute after few.
    """

    rebuild: NotRequired[RebuildAnswer | None]

    searches: int
    """Searches answered since the start."""

    searches_empty: int
    """Those without a result."""


class StatusAnswer(TypedDict):
    """How the server is."""

    status: str
    """`ok` or `ready`."""

    version: str
    """The server's version."""


class Strategies(TypedDict):
    """Ways to answer of which each answer follows one, and what is learnt for."""

    discount: NotRequired[float | None]
    """What a reward one answer later is worth, 0 to 1; .95 where not said."""

    session_minutes: NotRequired[float | None]
    """Minutes without a deed or an answer after which a session is over, 1 to 1,440; 30 where not said."""

    strategies: list[Strategy]
    """2 to 16, or none to end it; the first is what is done where nothing is chosen."""

    worth: NotRequired[dict[str, Any] | None]
    """What `click`, `cart` and `purchase` are worth, 0 to 1,000 each; .1, .3 and 1 where not said."""


class StrategiesAnswer(Strategies):
    """The strategies of a shop, and what was learnt of them."""

    in_force: NotRequired[int | None]
    """The learnt policy in force."""

    versions: list[StrategyVersionAnswer]
    """Learnt policies, oldest first."""


class Strategy(TypedDict):
    """A way to answer."""

    changes: NotRequired[dict[str, Any] | None]
    """What it changes of searches and recommendations, as arms of experiments do."""

    name: str
    """Its name."""


class StrategyVersionAnswer(TypedDict):
    """A learnt policy."""

    in_force: bool

    report: dict[str, Any]
    """What it learnt from (`sessions`, `answers`), whether it may act (`may_act`) and why (`reason`, `judged`: what sessions
    brought and what it would have brought).
    """

    version: int


class SuggestAnswer(TypedDict):
    """What may be wanted."""

    suggestions: list[SuggestionAnswer]
    """Kind by kind, the best first."""


class SuggestQuery(TypedDict):
    """What `GET /v1/{shop}/suggest` may be asked."""

    q: NotRequired[str]
    """What was typed so far; nothing asks for what is wanted most."""

    kinds: NotRequired[str]
    """Kinds with how many of each at most: `query:8,category:3,brand:3,product:3` where not said."""

    user: NotRequired[str]
    """The shopper, whose own searches come first."""

    anonymous: NotRequired[str]
    """A guest."""

    session: NotRequired[str]
    """The visit."""


class SuggestionAnswer(TypedDict):
    """A text to suggest."""

    edits: int
    """Slips that were looked past."""

    found_by: str
    """`prefix`, `word prefix`, `words`, `pinyin`, `initials` or `infix`."""

    kind: str
    """`query`, `category`, `brand` or `product`."""

    own: bool
    """Whether the shopper searched for it before; shown to nobody else for that reason."""

    path: NotRequired[list[str] | None]
    """A category's path from the root."""

    score: float
    """Comparable within a kind."""

    span: list[int]
    """The bytes of the text that what was typed stands for."""

    text: str
    """The text."""


class SurfaceAnswer(TypedDict):
    """What exploring a surface does and costs."""

    learnt: int
    """Places learnt from."""

    left_out: int
    """Places refused or unseen."""

    loss: NotRequired[float | None]
    """Share of clicks an exploring answer loses, as observed; nothing before there is evidence."""

    policy: str

    revenue_loss_lower: NotRequired[float | None]
    """Lower bound of the loss of revenue; nothing before there is evidence."""

    share: float
    """Share of answers that may explore now."""

    spent: float
    """Share of all clicks lost to exploring lately, as observed."""

    surface: str

    waiting: int
    """Answers that wait for clicks."""


class SurfaceExploration(TypedDict):
    """What is explored on one surface, and how. Only `surface` and `policy` must be said."""

    budget: NotRequired[dict[str, Any] | None]
    """What it may cost: `{"regret": 0.02, "revenue_loss": 0.02, "share": 0.5, "confidence": 0.9, "memory": 20000}`."""

    cold_start: NotRequired[dict[str, Any] | None]
    """Places set aside for new items: `{"places": [5], "exposures": 50, "days": 7}`."""

    depth: NotRequired[int | None]
    """How many of the best ranked items compete for them, 2 to 500; 50 where not said."""

    discount: NotRequired[float | None]
    """What a lesson still counts after the next one, 0.9 to 1."""

    examination: NotRequired[dict[str, Any] | None]
    """How people look down a list: `cascade`, `certain`, or probabilities by place."""

    floor: NotRequired[float | None]
    """The least probability of each candidate."""

    half_life: NotRequired[float | None]
    """Lessons after which the strength has halved."""

    patience_seconds: NotRequired[float | None]
    """How long clicks are waited for before an answer is learnt from; 600 where not said."""

    places: NotRequired[list[int] | None]
    """The first and the last place that may be explored, from 1; 3 to 10 where not said."""

    policy: str
    """Who decides what to try: `epsilon-greedy`, `boltzmann`, `ucb`, `thompson`, `lin-ucb`, `linear-thompson`,
    `logistic-thompson`, `square-cb`.
    """

    prior_looks: NotRequired[float | None]
    """Looks that the ranker's own score is worth."""

    strength: NotRequired[float | None]
    """How much is tried: the policy's epsilon, temperature or width."""

    strength_min: NotRequired[float | None]
    """What it decays to."""

    surface: str
    """`home`, `product`, `cart`, `search`, `after-purchase`."""


class SynonymEvidenceAnswer(TypedDict):
    """What speaks for a proposal."""

    kind: str
    """`reformulated`, `co-clicked`, `neighbours`, `same-places`, `variant`, `initials` or `together`."""

    says: str
    """It in words."""


SynonymProposalAnswer = TypedDict(
    "SynonymProposalAnswer",
    {
        "evidence": "list[SynonymEvidenceAnswer]",
        "from": "str",
        "id": "str",
        "rule": "str",
        "score": "float",
        "to": "str",
    },
)
"""Two phrases that may stand for one another."""


class SynonymsBody(TypedDict):
    """A shop's synonyms."""

    rules: list[str]
    """One rule each: `a, b, c` both ways, `a => b, c` one way; `{number}` stands for a number."""


class SynonymsProposalsQuery(TypedDict):
    """What `GET /v1/{shop}/synonyms/proposals` may be asked."""

    limit: NotRequired[int]
    """Proposals to return, 1 to 1000; 100 where not said."""


class TermAnswer(TypedDict):
    """A term of the query matched an attribute."""

    field: str
    """The attribute."""

    score: float
    """What it added to the words' score."""

    term: str
    """The term, as indexed."""


Text: TypeAlias = "str | dict[str, str]"
"""A text, or texts by language code."""


class TopicAnswer(TypedDict):
    """An opinion that reviews share."""

    aspect: str
    """The aspect."""

    named: str
    """What is spoken of, in the words of the reviews."""

    opinion: str
    """What is said of it."""

    reviews: int
    """Reviews that say so, at least."""

    sentiment: str
    """`positive` or `negative`."""


class TrackedAnswer(EventsAnswer):
    """What became of calls of a tracker."""

    refused: NotRequired[list[RowError]]
    """Calls that cannot be read; the others were taken."""

    success: bool
    """That the calls were taken as far as told."""


class TrainBody(TypedDict):
    """What is to be trained. The chosen models are compared on the last days of the log with what is in force and with what is
    learnt live; the best is trained again on everything and kept.
    """

    holdout_days: NotRequired[int]
    """Days at the end of the log on which models are compared, 1 to 3650."""

    kind: NotRequired[str]
    """What the model is to recommend: `for-you`, `similar` or `bought-together`."""

    memory_mib: NotRequired[int | None]
    """Memory the training may take, in MiB; most of what is free where not said."""

    models: NotRequired[list[str]]
    """Methods by name; `all` stands for every one."""

    parameters: NotRequired[dict[str, Any]]
    """Hyper-parameters other than the defaults, by method and name."""

    promote: NotRequired[str]
    """When the new model is put in force: `no`, `yes` or `if-better`."""

    threads: NotRequired[int | None]
    """Threads of the training; half of the cores where not said."""


class TrainRankerBody(TypedDict):
    """How a ranker is to be trained on the shop's log."""

    impersonal: NotRequired[bool]
    """Whether what is known of shoppers is left out."""

    promote: NotRequired[str]
    """When the new ranker is put in force: `no`, `yes` or `if-better`, which asks for more than noise."""

    slates: NotRequired[int]
    """Answers of the log to learn from, the last ones, 1 to 1000000."""

    threads: NotRequired[int | None]
    """Threads of the training; half of the cores where not said."""


class TrainingAnswer(TypedDict):
    """How a training stands."""

    began_ms: NotRequired[int | None]
    """When it began, in milliseconds since 1970."""

    by: NotRequired[str | None]
    """`request` or `schedule`."""

    done: NotRequired[float | None]
    """How much of the step is done, 0 to 1."""

    error: NotRequired[str | None]
    """Why it failed."""

    kind: NotRequired[str | None]
    """What is trained."""

    models: NotRequired[list[str]]
    """The methods of a recommender."""

    report: NotRequired[dict[str, Any]]
    """What came of it: the comparison, the version, and whether and why it was put in force."""

    seconds: NotRequired[float | None]
    """Seconds it took so far, or in all."""

    state: str
    """`idle` (none since the start), `running`, `cancelling`, `cancelled`, `finished` or `failed`."""

    step: NotRequired[str | None]
    """Its step."""


class UnderstandBody(TypedDict):
    """A query to understand."""

    query: NotRequired[str]
    """What was typed."""

    understanding: NotRequired[UnderstandingBody]
    """Steps to leave out, and findings to take away."""


class UnderstandingBody(TypedDict):
    """What a search asks of understanding."""

    off: NotRequired[list[str]]
    """Steps to leave out: `normalise`, `words`, `spelling`, `quantities`, `entities`, `negation`, `synonyms`, `intent`,
    `category`, `relax`; `all` for all of them.
    """

    without: NotRequired[list[str]]
    """Keys of findings that the shopper has taken away."""


class ValidatedAnswer(TypedDict):
    """What would come of settings."""

    needs_rebuild: bool
    """Whether an index would be built anew for them, beside the live one."""

    problems: list[ProblemAnswer]
    """What is wrong; none where they can be put in force."""

    settings: NotRequired[Settings | None]


class ValueAnswer(TypedDict):
    """A chance and what it counts: `contribution = weight * probability`, but for a chance told as 0 or 1."""

    contribution: float
    """What it added to the score."""

    head: str
    """`click`, `cart`, `purchase` or `return`."""

    probability: float
    """How likely it follows where the item is looked at."""

    weight: float
    """What it counts: the shop's `value_weights`, in the units of the score."""


class VectorAnswer(TypedDict):
    """Similarity under one encoder."""

    encoder: str
    """The encoder."""

    similarity: float
    """Cosine, -1 to 1."""


class WeekAnswer(TallyAnswer):
    """The reviews of a week."""

    begins: str
    """When it begins: a Monday, at midnight UTC."""


class WhatIfAnswer(TypedDict):
    """What would have to change for an item to stand at a place, by its score: what rules pin or bury, objectives and the
    variety of the answer do afterwards is left aside.
    """

    changes: list[NeededChangeAnswer]
    """For each feature that could do it alone, all others being as they are, the nearest value that is enough; smallest
    change first.
    """

    message: str
    """The same in a sentence."""

    needed: float
    """What that score would have to exceed."""

    place: NotRequired[int | None]
    """Its place by score, from 1; absent where no source finds it."""

    score: float
    """The ranker's score of it."""

    to_place: int
    """The place that was asked for; the last one where there are not so many."""


__all__ = [
    "AlertAnswer",
    "AlertsAnswer",
    "AlertsQuery",
    "AlwaysValidAnswer",
    "ArmAnswer",
    "AspectAnswer",
    "AuditAnswer",
    "AuditQuery",
    "Banner",
    "BatchAnswer",
    "BlamedAnswer",
    "BoostAnswer",
    "ChangeAnswer",
    "ChangeEvidenceAnswer",
    "CheckingAnswer",
    "ComparisonAnswer",
    "ConfusionAnswer",
    "Curation",
    "CurationAnswer",
    "CurationWhen",
    "CurationsAnswer",
    "DecidedAnswer",
    "DecisionsBody",
    "DegradedAnswer",
    "DriftAnswer",
    "DuplicatesAnswer",
    "DuplicatesQuery",
    "EnrichAnswer",
    "EnrichAttributeAnswer",
    "EnrichBody",
    "EnrichQuery",
    "EnrichReportAnswer",
    "EnrichedAnswer",
    "ErrorAnswer",
    "ErrorDetail",
    "EvaluationAnswer",
    "EvaluationBody",
    "EvaluationFailure",
    "EvaluationsAnswer",
    "Event",
    "EventsAnswer",
    "Experiment",
    "ExperimentArm",
    "ExperimentChangeBody",
    "ExperimentGuardrail",
    "ExperimentReportAnswer",
    "ExperimentStopBody",
    "ExperimentTarget",
    "ExperimentsAnswer",
    "ExplainAnswer",
    "ExplainBody",
    "ExplanationAnswer",
    "Exploration",
    "FacetAnswer",
    "FacetBody",
    "FacetOptions",
    "FacetRangeAnswer",
    "FacetStatsAnswer",
    "FacetValueAnswer",
    "FeatureAnswer",
    "FindingAnswer",
    "FindingOfQualityAnswer",
    "FixAnswer",
    "FoundAnswer",
    "FoundValuesPage",
    "FusionAnswer",
    "GroupAnswer",
    "GroupedItemAnswer",
    "GuardrailAnswer",
    "GuessAnswer",
    "InForceAnswer",
    "IntentBody",
    "IntentReportAnswer",
    "IntentShareAnswer",
    "IntentsAnswer",
    "IntentsBody",
    "IntentsReportAnswer",
    "IntervalAnswer",
    "Item",
    "ItemOperation",
    "ItemPage",
    "ItemPatch",
    "ItemsQuery",
    "ItemsReviewsQuery",
    "JudgedAnswer",
    "JudgementBody",
    "JudgementsBody",
    "KeyAnswer",
    "KeyBody",
    "KeyMade",
    "KeyNamed",
    "KeyPage",
    "LearnStrategyBody",
    "LearningAnswer",
    "LeftOutAnswer",
    "LogPage",
    "LogQuery",
    "LoggedEventAnswer",
    "MatcherAnswer",
    "MeasuredAnswer",
    "MetricAnswer",
    "Money",
    "NeededChangeAnswer",
    "OnlineAnswer",
    "PairAnswer",
    "PassageAnswer",
    "Picture",
    "PicturesDuplicatesQuery",
    "PointAnswer",
    "PoliciesBody",
    "PolicyBody",
    "PreferenceAnswer",
    "PriceBinAnswer",
    "ProblemAnswer",
    "ProductGroupAnswer",
    "PromoteBody",
    "ProposalAnswer",
    "ProposalsAnswer",
    "QualityAnswer",
    "QualityCountAnswer",
    "QualityFixAnswer",
    "QualityQuery",
    "QualityReportAnswer",
    "QuarantineAnswer",
    "QueriesAnswer",
    "QueriesQuery",
    "QueryAnswer",
    "QueryPattern",
    "QuoteAnswer",
    "RankerAnswer",
    "RankerKindAnswer",
    "RankersAnswer",
    "ReadingAnswer",
    "Reason",
    "RebuildAnswer",
    "RecommendBody",
    "RecommendQuery",
    "RecommenderAnswer",
    "RecommenderKindAnswer",
    "RecommendersAnswer",
    "RejectedAnswer",
    "ReviewsAnswer",
    "ReviewsQuery",
    "RollBackBody",
    "RouteAnswer",
    "RowError",
    "RuleAnswer",
    "SameProductAnswer",
    "SameProductReportAnswer",
    "Scope",
    "SearchBody",
    "SearchQuery",
    "SegmentAnswer",
    "SegmentsAnswer",
    "SellingPointBody",
    "SellingPointsBody",
    "SeriesAnswer",
    "SeriesPoint",
    "SeriesQuery",
    "ServingRankerAnswer",
    "Settings",
    "ShareAnswer",
    "ShopAnswer",
    "ShopBody",
    "ShopPage",
    "SkippedAnswer",
    "SlateAnswer",
    "SlateItemAnswer",
    "SortBody",
    "SortOptions",
    "StatsAnswer",
    "StatusAnswer",
    "Strategies",
    "StrategiesAnswer",
    "Strategy",
    "StrategyVersionAnswer",
    "SuggestAnswer",
    "SuggestQuery",
    "SuggestionAnswer",
    "SurfaceAnswer",
    "SurfaceExploration",
    "SynonymEvidenceAnswer",
    "SynonymProposalAnswer",
    "SynonymsBody",
    "SynonymsProposalsQuery",
    "TallyAnswer",
    "TermAnswer",
    "Text",
    "TopicAnswer",
    "TrackedAnswer",
    "TrainBody",
    "TrainRankerBody",
    "TrainingAnswer",
    "UnderstandBody",
    "UnderstandingBody",
    "ValidatedAnswer",
    "ValueAnswer",
    "VectorAnswer",
    "WeekAnswer",
    "WhatIfAnswer",
]
