package tree

import (
	"lodestar/internal/calendar"
	"lodestar/internal/query"
	"lodestar/internal/target"
	"lodestar/internal/text"
)

// State is a tree evaluated for one period: what GET /api/v1/trees/{name}/state
// answers. Nodes[0] is the root.
type State struct {
	Tree       string           `json:"tree"`
	Title      text.Text        `json:"title"`
	Period     calendar.Grain   `json:"period"`
	Range      calendar.Range   `json:"range"`
	Previous   calendar.Range   `json:"previous"`
	Incomplete bool             `json:"incomplete"` // the period is not over; previous is cut to the same part
	Timezone   string           `json:"timezone"`
	Nodes      []NodeState      `json:"nodes"`
	Edges      []Edge           `json:"edges"`
	Guardrails []GuardrailState `json:"guardrails"`
	Verdict    Verdict          `json:"verdict"`
	Warnings   []query.Warning  `json:"warnings"`
}

// NodeState is one metric in the tree.
type NodeState struct {
	ID         string          `json:"id"` // what edges call it: the metric's name, but for a metric under a condition
	Metric     string          `json:"metric"`
	Where      string          `json:"where,omitempty"` // condition that the parent's formula puts on the metric
	Title      text.Text       `json:"title"`
	Unit       string          `json:"unit"`
	Format     string          `json:"format"`
	Direction  string          `json:"direction"` // up | down | ""
	Role       string          `json:"role"`
	Owner      string          `json:"owner"`
	Formula    string          `json:"formula"` // as written, "" for simple metrics
	Revision   int             `json:"revision"`
	Value      *float64        `json:"value"`
	Previous   *float64        `json:"previous"`
	Change     *float64        `json:"change"`
	ChangeRate *float64        `json:"changeRate"`
	Judgement  string          `json:"judgement"` // good | bad | flat | none, by direction
	NoValue    *query.Warning  `json:"noValue"`   // why Value is null
	Series     []Point         `json:"series"`    // 13 periods up to and including this one
	Target     *target.State   `json:"target"`    // nil without a target
	Freshness  query.Freshness `json:"freshness"` //
	Collapsed  bool            `json:"collapsed"` // start folded
	Error      *query.Warning  `json:"error"`     // the metric could not be asked
}

// Point is one period of a series; Time is its first day or instant.
type Point struct {
	Time       string   `json:"time"`
	Value      *float64 `json:"value"`
	Target     *float64 `json:"target"`
	Incomplete bool     `json:"incomplete"`
}

// Edge leads from a child (From) to its parent (To), both by NodeState.ID.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind"` // formula | influence
	// formula
	Op           string   `json:"op"`           // + − × ÷ : how the child enters the parent
	Contribution *float64 `json:"contribution"` // part of the parent's change, in the parent's unit (Shapley)
	Share        *float64 `json:"share"`        // contribution / parent's change; null when that is 0
	// influence
	Lag        int      `json:"lag"`        // in periods of the tree
	Strength   *float64 `json:"strength"`   // correlation of period-on-period changes, prewhitened, in [-1,1]
	Sample     int      `json:"sample"`     // periods that entered
	Confidence string   `json:"confidence"` // high | medium | low | none
	Sign       string   `json:"sign"`       // as declared: + | - | ""
	Agrees     *bool    `json:"agrees"`     // the data agree with the declared sign
}

// GuardrailState is one guardrail judged.
type GuardrailState struct {
	Metric     string    `json:"metric"`
	Title      text.Text `json:"title"`
	Unit       string    `json:"unit"`
	Format     string    `json:"format"`
	Direction  string    `json:"direction"`
	Rule       string    `json:"rule"`  // the expression
	Words      text.Text `json:"words"` // the rule in words
	Value      *float64  `json:"value"`
	Previous   *float64  `json:"previous"`
	ChangeRate *float64  `json:"changeRate"`
	State      string    `json:"state"` // ok | watch | unhealthy | unknown
	Late       bool      `json:"late"`  // unknown because the data behind it are late
	Evidence   text.Text `json:"evidence"`
	Series     []Point   `json:"series"`
}

// Verdict is the health of growth, with the reasons, worst first.
type Verdict struct {
	State   string          `json:"state"` // healthy | watch | unhealthy | unknown
	Reasons []query.Warning `json:"reasons"`
}
