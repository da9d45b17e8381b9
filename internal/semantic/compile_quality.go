package semantic

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/text"
)

// Rule is a compiled quality rule. Conditions read columns of the dataset
// itself; Refs in them are *Field without a path.
type Rule struct {
	QualityRule
	ID      string
	Dataset *Dataset
	// Columns are the stored columns of the dataset that the rule looks at,
	// those of its condition included; none when it is about the rows as such.
	Columns []string
	Keys    []string      // unique, not_null, silence: the columns named
	Where   *expr.Typed   // nil for all rows
	Breaks  *expr.Typed   // rows that break it; nil for what no condition over one row tells
	Match   string        // pattern: for the whole text
	To      *Relation     // foreign_key
	Other   *OtherTotal   // reconcile
	Age     time.Duration // freshness, inspection; silence: 0 for what each one's own pauses say
}

// OtherTotal is the compiled other side of a reconciliation.
type OtherTotal struct {
	Dataset *Dataset
	Column  *Column // nil for a count of rows
	Where   *expr.Typed
}

// Label is what people call the rule.
func (r *Rule) Label() text.Text {
	if r.Title.IsZero() {
		return text.Same(r.ID)
	}
	return r.Title
}

// Rules lists the quality rules in the order declared.
func (d *Dataset) Rules() []*Rule { return d.rules }

// quality compiles the rules of all datasets.
func (c *compiler) quality() {
	for _, name := range c.datasetNames() {
		d := c.model.datasets[name]
		for i, spec := range d.Spec.Quality {
			r, at, err := c.rule(d, spec)
			switch {
			case err != nil:
				c.report(KindDataset, name, ofExpr(fmt.Sprintf("quality[%d].%s", i, at), err))
			case r == nil: // reported
			default:
				d.rules = append(d.rules, r)
			}
		}
	}
}

// rule compiles one rule; at is the part that an error is about.
func (c *compiler) rule(d *Dataset, spec QualityRule) (r *Rule, at string, err error) {
	r = &Rule{QualityRule: spec, ID: spec.ID(), Dataset: d, Keys: spec.columns()}
	used := map[string]bool{}
	for _, k := range r.Keys {
		used[k] = true
	}
	if r.Where, err = ownCondition(d, spec.Where, used); err != nil {
		return nil, "where", err
	}
	if _, err = ownCondition(d, spec.Expr, used); err != nil { // as written, so that places in it are right
		return nil, "expr", err
	}
	if r.Breaks, err = ownCondition(d, spec.broken(d), used); err != nil {
		return nil, "rule", err
	}
	switch spec.Rule {
	case RulePattern:
		r.Match = `\A(?:` + spec.Pattern + `)\z`
	case RuleFreshness, RuleSilence, RuleInspection:
		r.Age = spanOf(spec.Within)
	case RuleForeignKey:
		if r.To = d.relations[spec.Relationship]; r.To == nil {
			return nil, "", nil // the relationship is reported
		}
		for _, p := range r.To.Pairs {
			used[p[0]] = true
		}
	case RuleReconcile:
		if at, err = c.otherTotal(r, spec); at != "" || err != nil {
			return nil, at, err
		}
	}
	if r.timed() && d.Time != nil && len(d.Time.Path) == 0 && d.Time.Column != nil {
		used[d.Time.Column.Name] = true
	}
	r.Columns = slices.Sorted(keysOf(used))
	if spec.Rule == RuleVolume || spec.Rule == RuleFreshness || spec.Rule == RuleSilence || spec.Rule == RuleReconcile && spec.Agg == "count" {
		r.Columns = nil // whatever is counted is wrong, not what is in a column
	}
	if r.timed() && !ownTime(d) {
		return nil, "by", notOwn(d.Spec.Time)
	}
	return r, "", nil
}

// timed reports whether the rule compares periods of the dataset's time.
func (r *Rule) timed() bool {
	switch r.Rule {
	case RuleVolume:
		return r.Step() == "day"
	case RuleDistribution, RuleSilence:
		return true
	case RuleReconcile:
		return r.By != ""
	}
	return false
}

// Step is the period that a rule compares: day, week, month, load, or "" for
// all rows together.
func (r *Rule) Step() string {
	switch {
	case r.By != "":
		return r.By
	case r.Rule == RuleVolume && r.Dataset.Spec.Time != "":
		return "day"
	case r.Rule == RuleVolume:
		return "load"
	case r.Rule == RuleDistribution:
		return "week"
	}
	return ""
}

func ownTime(d *Dataset) bool {
	return d.Time != nil && len(d.Time.Path) == 0 && d.Time.Column != nil
}

func (c *compiler) otherTotal(r *Rule, spec QualityRule) (at string, err error) {
	other := c.model.datasets[spec.Against.Dataset]
	if other == nil {
		i := slices.IndexFunc(r.Dataset.Spec.Quality, func(q QualityRule) bool { return q.ID() == r.ID })
		c.needs(KindDataset, r.Dataset.Name, fmt.Sprintf("quality[%d].against.dataset", i), KindDataset, spec.Against.Dataset, c.datasetNames())
		return "against", nil
	}
	r.Other = &OtherTotal{Dataset: other}
	if spec.Agg != "count" {
		name := spec.Against.Column
		if name == "" {
			name = spec.Column
		}
		if r.Other.Column = other.columns[name]; r.Other.Column == nil {
			return "against.column", expr.UnknownName(name, other.Spec.columnNames())
		}
		if !r.Other.Column.Type.IsNumber() {
			return "against.column", &expr.Error{Code: "bad_type", Text: text.Text{
				ZH: "{name} 不是数字列，不能合计", EN: "{name} is no number and cannot be added up"}.With("name", name)}
		}
	}
	if spec.By != "" && !ownTime(other) {
		return "against.dataset", notOwn(other.Name)
	}
	r.Other.Where, err = ownCondition(other, spec.Against.Where, map[string]bool{})
	if err != nil {
		return "against.where", err
	}
	return "", nil
}

// broken writes the condition under which a row breaks the rule; "" where one
// row does not tell.
func (r QualityRule) broken(d *Dataset) string {
	name := expr.QuoteName(r.Column)
	switch r.Rule {
	case RuleNotNull:
		var any []string
		for _, k := range r.columns() {
			x := expr.QuoteName(k)
			any = append(any, x+" is null")
			if c := d.columns[k]; c != nil && c.Type == expr.String {
				any = append(any, "trim("+x+") = ''")
			}
		}
		return strings.Join(any, " or ")
	case RuleRange:
		var any []string
		for _, b := range [][2]string{{" < ", r.Min}, {" > ", r.Max}} {
			if b[1] != "" {
				any = append(any, name+b[0]+mustLiteral(d, r.Column, b[1]))
			}
		}
		return strings.Join(any, " or ")
	case RuleSet:
		all := make([]string, len(r.Values))
		for i, v := range r.Values {
			all[i] = mustLiteral(d, r.Column, v)
		}
		return "not (" + name + " in (" + strings.Join(all, ", ") + "))"
	case RuleExpression:
		return "not (" + r.Expr + ")"
	}
	return ""
}

// ownCondition checks a condition that reads columns of the dataset alone, and
// notes which.
func ownCondition(d *Dataset, src string, used map[string]bool) (*expr.Typed, error) {
	if strings.TrimSpace(src) == "" {
		return nil, nil
	}
	n, err := expr.Parse(src)
	if err != nil {
		return nil, err
	}
	t, err := expr.CheckBool(n, scope{d: d})
	if err != nil {
		return nil, err
	}
	return t, d.ownColumns(t, used)
}

// ownColumns notes the stored columns that an expression reads.
func (d *Dataset) ownColumns(t *expr.Typed, used map[string]bool) error {
	for _, s := range t.Symbols() {
		f, ok := s.Ref.(*Field)
		if !ok || len(f.Path) > 0 || f.Grain != "" || f.Computed != nil && f.Computed.Typed == nil {
			return notOwn(written(s))
		}
		if f.Column != nil {
			used[f.Column.Name] = true
		} else if err := d.ownColumns(f.Computed.Typed, used); err != nil {
			return err
		}
	}
	return nil
}

func written(s expr.Symbol) string {
	if f, ok := s.Ref.(*Field); ok {
		return f.String()
	}
	return fmt.Sprint(s.Ref)
}

func notOwn(name string) error {
	return &expr.Error{Code: "not_own", Text: text.Text{
		ZH: "质量规则只看数据集自己的列，{name} 不是；请把规则写在它所在的数据集上",
		EN: "a quality rule looks at columns of its own dataset, and {name} is none; write the rule on the dataset that has it"}.With("name", name)}
}

var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// literalOf writes a value as the expression language does.
func literalOf(t expr.Type, value string) (string, error) {
	src := ""
	switch t {
	case expr.String:
		return expr.QuoteText(value), nil
	case expr.Integer, expr.Decimal, expr.Float:
		if plainNumber.MatchString(value) {
			src = value
		}
	case expr.Boolean:
		if value == "true" || value == "false" {
			src = value
		}
	case expr.Date, expr.Timestamp:
		src = string(t) + " " + expr.QuoteText(value)
	}
	if src == "" {
		return "", errors.New("semantic: not a value of the type")
	}
	n, err := expr.Parse(src)
	if err == nil {
		_, err = expr.Check(n, scope{d: &Dataset{}})
	}
	return src, err
}

// mustLiteral is literalOf for what Validate has let through.
func mustLiteral(d *Dataset, column, value string) string {
	src, err := literalOf(d.columns[column].Type, value)
	if err != nil {
		panic("semantic: " + column + ": " + err.Error())
	}
	return src
}

func wholeNumber(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 0
}

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// DriftBound is the greatest stability index that the rule lets pass.
func (r *Rule) DriftBound() float64 {
	if r.Bound == 0 {
		return DefaultBound
	}
	return r.Bound
}
