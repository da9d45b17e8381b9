package prepare_test

import (
	"fmt"
	"strings"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/prepare"
	"lodestar/internal/steps"
)

// TestHostile sends what nobody should: it is answered with rows, findings or a
// clear fault, never with an error of the engine.
func TestHostile(t *testing.T) {
	t.Parallel()
	p := previewPlace(t)
	many := map[string]string{}
	for i := range 4000 {
		many[fmt.Sprintf("k'%d\"", i)] = "v?;--"
	}
	quote := `'); DROP TABLE data.facts; --`
	for name, list := range map[string][]steps.Step{
		"nul":       {{Split: &steps.Split{Column: "s", By: "\x00", Rows: true}}, {Map: &steps.Mapping{Column: "s", Values: map[string]string{"\x00": "\x00"}, Keep: true}}},
		"quotes":    {{Map: &steps.Mapping{Column: "s", Values: map[string]string{quote: quote}, Default: quote, Missing: quote}}, {Fill: []steps.Fill{{Column: "txt", With: quote}}}, {Sample: &steps.Sample{Count: 2, Seed: quote}}},
		"column":    {{Select: []string{`id" FROM data.facts; --`}}},
		"name":      {{Derive: []steps.Derived{{Name: `x" --`, Expr: "1"}}}},
		"pattern":   {{Cast: []steps.Cast{{Column: "txt", Type: expr.Date, Format: `%Y') --`}}}},
		"large sum": {{Derive: []steps.Derived{{Name: "big", Expr: "9223372036854775807 - id + id * 9000000000000000000"}}}},
		"huge":      {{Derive: []steps.Derived{{Name: "x", Expr: "d * d * d * d * d"}}}},
		"step":      {{Mask: []steps.Mask{{Column: "id", How: "generalise", Step: 1 << 62}}}},
		"partial":   {{Mask: []steps.Mask{{Column: "s", How: "partial", Left: 1 << 40, Right: 1 << 40}}}},
		"values":    {{Map: &steps.Mapping{Column: "s", Values: many}}},
		"deep":      {{Filter: strings.Repeat("not ", 5000) + "true"}},
		"itself":    {{Join: &steps.Join{Dataset: "facts", On: map[string]string{"id": "id"}, Columns: []string{"s"}, Prefix: "o_"}}},
		"digits":    {{Cast: []steps.Cast{{Column: "txt", Type: expr.Decimal, Precision: 38, Scale: 38}}}},
		"count":     {{Sample: &steps.Sample{Count: 1 << 62}}},
		"tiny":      {{Sample: &steps.Sample{Share: 1e-300, By: []string{"id"}}}},
		"percent":   {{Aggregate: &steps.Aggregate{Values: []steps.Value{{Name: "x", Agg: "percentile", Expr: "d", Percentile: 0.5, Discrete: true}}}}},
		"pauses":    {{Session: &steps.Session{By: []string{"id", "b", "d", "day", "ts", "s"}, Time: "ts", Gap: "87840 hours", Change: []string{"ts", "id"}, Midnight: true, As: "x"}}},
		"__count":   {{Derive: []steps.Derived{{Name: "__count", Expr: "1"}}}, {Session: &steps.Session{By: []string{"s"}, Time: "ts"}}},
		"twice":     {{Session: &steps.Session{By: []string{"s"}, Time: "ts"}}, {Session: &steps.Session{By: []string{"session_id"}, Time: "session_start"}}},
		"as of now": {{Join: &steps.Join{Dataset: "facts", On: map[string]string{"id": "id", "k": "k", "f": "f"}, AsOf: &steps.AsOf{Time: "ts", Other: "ts", Within: "87840 hours", Which: "first"}}}},
		"booleans":  {{Aggregate: &steps.Aggregate{Values: []steps.Value{{Name: "x", Agg: "max", Expr: "b"}}}}},
	} {
		v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts", Steps: list})
		if fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && len(v.Findings) == 0 && len(v.Stages) != len(list)+1 {
			t.Errorf("%s: %d stages", name, len(v.Stages))
		}
	}
	if v, err := p.Preview(t.Context(), editor, prepare.PreviewRequest{From: "facts"}); err != nil || v.Total != 3 {
		t.Errorf("the rows are not what they were: %v", err)
	}
}
