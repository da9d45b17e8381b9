package semantic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/expr"
	"lodestar/internal/text"
)

func at(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

func namesOnce(path string, names []string) []catalog.Finding {
	var out []catalog.Finding
	for i, name := range names {
		out = append(out, checkName(at(path, i), name)...)
		if slices.Index(names, name) < i {
			out = append(out, problem(at(path, i), "duplicate", text.Text{ZH: "{name} 重复", EN: "{name} is there twice"}, "name", name))
		}
	}
	return out
}

// takenNames are parts of addresses of the interface beside those of events.
var takenNames = []string{"keys", "proposals", "quarantine", "report"}

// Validate checks the event by itself.
func (s *EventSpec) Validate(meta catalog.Metadata) []catalog.Finding {
	var out []catalog.Finding
	if slices.Contains(SystemDatasets(), meta.Name) || slices.Contains(takenNames, meta.Name) {
		out = append(out, problem("spec", "reserved_name", text.Text{
			ZH: "{name} 是系统保留的名称，请换一个", EN: "{name} is a name that the program keeps for itself; choose another"}, "name", meta.Name))
	}
	names := map[string]string{EventExtra: "extra"}
	for _, c := range envelopeColumns() {
		names[c.Name] = c.Name
	}
	sources := map[string]int{}
	for i, p := range s.Properties {
		out = append(out, s.validateProperty(at("properties", i), p, names)...)
		from := p.From()
		if first, twice := sources[from]; twice {
			out = append(out, problem(at("properties", i)+".source", "duplicate", text.Text{
				ZH: "{source} 已对应属性 {first}", EN: "{source} already goes to the property {first}"},
				"source", from, "first", s.Properties[first].Name))
		}
		sources[from] = i
	}
	for i, n := range s.Names {
		if strings.TrimSpace(n) == "" || len(n) > 200 {
			out = append(out, problem(at("names", i), "bad_name", text.Text{
				ZH: "上报名称须为 1 到 200 个字节", EN: "a name as sent has 1 to 200 bytes"}))
		}
	}
	for i, c := range s.Calls {
		out = append(out, oneOf(at("calls", i), c, eventCalls)...)
	}
	out = append(out, namesOnce("ids", s.IDs)...)
	out = append(out, namesOnce("after", s.After)...)
	if i := slices.Index(s.After, meta.Name); i >= 0 {
		out = append(out, problem(at("after", i), "cycle", text.Text{ZH: "事件不能排在自己之后", EN: "an event does not come after itself"}))
	}
	if s.OnUnplanned != "" {
		out = append(out, oneOf("onUnplanned", s.OnUnplanned, unplannedRules)...)
	}
	if s.OnViolation != "" {
		out = append(out, oneOf("onViolation", s.OnViolation, violationRules)...)
	}
	if hasErrors(out) {
		return out
	}
	// The rest is what the dataset says of itself; its columns are fine by now.
	return append(out, s.Dataset().Validate(meta)...)
}

func hasErrors(fs []catalog.Finding) bool { return slices.ContainsFunc(fs, isError) }

// From is where the value is found in what is sent.
func (p Property) From() string {
	if p.Source != "" {
		return p.Source
	}
	return p.Name
}

func (s *EventSpec) validateProperty(path string, p Property, names map[string]string) []catalog.Finding {
	out := checkName(path+".name", p.Name)
	out = append(out, duplicateName(path+".name", p.Name, names)...)
	out = append(out, oneOf(path+".type", string(p.Type), columnTypes)...)
	if p.Source != "" && (len(p.Source) > 200 || slices.Contains(strings.Split(p.Source, "."), "")) {
		out = append(out, problem(path+".source", "bad_value", text.Text{
			ZH: "请写上报的属性名，嵌套用点隔开，例如 cart.total", EN: "write the property as sent, with dots for what is inside another, such as cart.total"}))
	}
	number := p.Type.IsNumber()
	if (p.Min != nil || p.Max != nil) && !number {
		out = append(out, problem(path+".min", "not_here", text.Text{ZH: "min、max 只用于数值", EN: "min and max are for numbers"}))
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		out = append(out, problem(path+".max", "bad_value", text.Text{ZH: "max 不能小于 min", EN: "max must not be below min"}))
	}
	if p.Pattern != "" {
		if _, err := regexp.Compile(p.Pattern); err != nil || p.Type != expr.String {
			out = append(out, problem(path+".pattern", "bad_value", text.Text{
				ZH: "pattern 须是正则表达式，且只用于文本", EN: "a pattern is a regular expression, and for strings only"}))
		}
	}
	if len(p.Values) > 1000 {
		out = append(out, problem(path+".values", "bad_value", text.Text{ZH: "允许值最多 1000 个", EN: "there are at most 1000 allowed values"}))
	}
	if len(p.Values) > 0 && p.Type != expr.String && p.Type != expr.Integer {
		out = append(out, problem(path+".values", "not_here", text.Text{ZH: "values 只用于文本和整数", EN: "values are for strings and integers"}))
	}
	return out
}

func (e *EventRules) validate() []catalog.Finding {
	if e == nil {
		return nil
	}
	var out []catalog.Finding
	if e.Unplanned != "" {
		out = append(out, oneOf("events.unplanned", e.Unplanned, unplannedEventRules)...)
	}
	return append(out, span("events.retain", e.Retain, longestEvery*10)...)
}

// For is how long the quarantine keeps events; 0 when nothing is said.
func (e *EventRules) For() time.Duration { return spanOf(e.Retain) }
