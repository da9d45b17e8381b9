package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"lodestar/internal/query"
	"lodestar/internal/text"
)

// printPlan shows how a question would be answered: for each statement the
// plan after every pass that changed it and the SQL, then where the numbers
// come from. As JSON it is everything.
func (r *run) printPlan(raw json.RawMessage) error {
	if r.flags.Output != "table" {
		return r.printJSON(raw)
	}
	var plan query.Plan
	if err := json.Unmarshal(raw, &plan); err != nil {
		return err
	}
	var b strings.Builder
	for _, st := range plan.Statements {
		r.describeStatement(&b, st)
	}
	r.describeSources(&b, plan)
	_, err := io.WriteString(r.rt.Stdout, b.String())
	return err
}

// head writes a line that SQL takes for a comment, so that the whole can be
// pasted into an engine's shell.
func (r *run) head(b *strings.Builder, t text.Text, pairs ...any) {
	b.WriteString("-- " + t.With(pairs...).In(r.lang) + "\n")
}

func (r *run) describeStatement(b *strings.Builder, st query.Statement) {
	var idle []string
	last := ""
	for i, step := range st.Steps {
		now := strings.TrimRight(step.Text, "\n")
		if i > 0 && now == last {
			idle = append(idle, step.Pass)
			continue
		}
		last = now
		if i == 0 {
			r.head(b, text.Text{EN: "{part}: as asked", ZH: "{part}：按查询直接得到的计划"}, "part", st.Part)
		} else {
			r.head(b, text.Text{EN: "{part}: after the pass {pass}", ZH: "{part}：经过 {pass} 之后"}, "part", st.Part, "pass", step.Pass)
		}
		for line := range strings.SplitSeq(now, "\n") {
			b.WriteString("--   " + line + "\n")
		}
	}
	if len(idle) > 0 {
		r.head(b, text.Text{EN: "{part}: nothing to do for {passes}", ZH: "{part}：{passes} 无需改动"}, "part", st.Part, "passes", strings.Join(idle, ", "))
	}
	if st.Into != "" {
		r.head(b, text.Text{EN: "{part}: on {engine}; its rows become {into}", ZH: "{part}：在 {engine} 上执行，结果作为 {into}"},
			"part", st.Part, "engine", engineName(st.Engine), "into", st.Into)
	} else if st.Engine != "" {
		r.head(b, text.Text{EN: "{part}: on {engine}", ZH: "{part}：在 {engine} 上执行"}, "part", st.Part, "engine", st.Engine)
	}
	b.WriteString(laidOut(st.SQL) + ";\n")
	if len(st.Args) > 0 {
		args := make([]string, len(st.Args))
		for i, a := range st.Args {
			j, err := json.Marshal(a)
			if err != nil {
				j = []byte(fmt.Sprint(a))
			}
			args[i] = string(j)
		}
		r.head(b, text.Text{EN: "arguments: {all}", ZH: "参数：{all}"}, "all", strings.Join(args, ", "))
	}
	b.WriteByte('\n')
}

// engineName is what a statement's engine is called; the one here has no name.
func engineName(connection string) string {
	if connection == "" {
		return "duckdb"
	}
	return connection
}

func (r *run) describeSources(b *strings.Builder, p query.Plan) {
	for _, l := range p.Lineage {
		r.head(b, text.Text{EN: "{column} is made of {metrics}, which read {columns}", ZH: "{column} 由 {metrics} 得出，读取 {columns}"},
			"column", l.Column, "metrics", strings.Join(l.Metrics, ", "), "columns", strings.Join(l.Columns, ", "))
	}
	for _, u := range p.Rollups {
		t := text.Text{EN: "{part}: answered from the roll-up {rollup}", ZH: "{part}：由汇总表 {rollup} 回答"}
		if !u.Used {
			t = text.Text{EN: "{part}: the roll-up {rollup} is not used: {why}", ZH: "{part}：没有使用汇总表 {rollup}：{why}"}
		}
		r.head(b, t, "part", u.Part, "rollup", u.Rollup, "why", u.Why)
	}
	if p.Range != nil {
		r.head(b, text.Text{EN: "from {from} to {to}", ZH: "从 {from} 到 {to}（不含）"},
			"from", p.Range.From.Format(time.RFC3339), "to", p.Range.To.Format(time.RFC3339))
	}
	if p.PreviousRange != nil {
		r.head(b, text.Text{EN: "compared with {from} to {to}", ZH: "对比期从 {from} 到 {to}（不含）"},
			"from", p.PreviousRange.From.Format(time.RFC3339), "to", p.PreviousRange.To.Format(time.RFC3339))
	}
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(p.DataVersions)) {
		versions = append(versions, fmt.Sprintf("%s@%d", name, p.DataVersions[name]))
	}
	r.head(b, text.Text{EN: "time counts from {at} in {zone}; data {versions}; definitions {model}",
		ZH: "时间基准 {at}，时区 {zone}；数据版本 {versions}；定义版本 {model}"},
		"at", p.AsOf.Format(time.RFC3339), "zone", p.Timezone, "versions", strings.Join(versions, ", "), "model", p.Model)
}

// breaks are where a new line helps the reader of a statement.
var breaks = []string{" FROM ", " LEFT JOIN ", " INNER JOIN ", " FULL JOIN ", " CROSS JOIN ", " UNION ALL ", " WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT "}

// laidOut breaks a statement into lines, indented by how deep its parentheses
// go. What stands in quotes is left alone.
func laidOut(sql string) string {
	var b strings.Builder
	depth := 0
	var calls []bool // of each open parenthesis: whether it holds a call's arguments
	for i := 0; i < len(sql); {
		c := sql[i]
		if c == '\'' || c == '"' {
			end := i + 1
			for end < len(sql) && sql[end] != c {
				end++
			}
			end = min(end+1, len(sql))
			b.WriteString(sql[i:end])
			i = end
			continue
		}
		switch c {
		case '(':
			sub := strings.HasPrefix(sql[i:], "(SELECT")
			calls = append(calls, !sub)
			if sub {
				depth++
			}
		case ')':
			if n := len(calls); n > 0 {
				if !calls[n-1] {
					depth--
				}
				calls = calls[:n-1]
			}
		case ' ':
			if inner := len(calls) > 0 && calls[len(calls)-1]; !inner {
				for _, w := range breaks {
					if strings.HasPrefix(sql[i:], w) {
						b.WriteString("\n" + strings.Repeat("  ", depth))
						i++
						c = sql[i]
						break
					}
				}
			}
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}
