package semantic

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/text"
)

// The modes of a sync.
const (
	SyncFull        = "full"        // every row, each time
	SyncIncremental = "incremental" // rows whose cursor is beyond the one seen last
	SyncChanges     = "changes"     // what the source's own log says: inserts, updates and deletes
)

// What a sync does about columns that the source has and the dataset has not.
const (
	DriftHold = "hold" // tell, and go on without them
	DriftAdd  = "add"  // add them to the dataset's definition
	DriftFail = "fail" // stop until somebody has looked
)

// What an incremental sync does about rows that the source has no longer.
const (
	DeletesKeep    = "keep"    // nothing: they stay
	DeletesCompare = "compare" // compare all keys, and let go of those that are gone
)

var (
	syncModes   = []string{SyncFull, SyncIncremental, SyncChanges}
	driftRules  = []string{DriftHold, DriftAdd, DriftFail}
	deleteRules = []string{DeletesKeep, DeletesCompare}
)

// Sync copies rows from a connection into the warehouse and keeps them up to
// date there.
type Sync struct {
	Mode string `json:"mode"` // full | incremental | changes
	// Cursor is the dataset's column that grows with every row that is new or
	// changed, for incremental.
	Cursor string `json:"cursor,omitempty"`
	// Lookback is how far before the newest cursor an incremental sync reads
	// again, for rows that were committed late: a span for times, default 10
	// minutes; a number for numbers, default 1000.
	Lookback string `json:"lookback,omitempty"`
	Deletes  string `json:"deletes,omitempty"` // keep (default) | compare, for incremental
	Drift    string `json:"drift,omitempty"`   // hold (default) | add | fail
	Retries  *int   `json:"retries,omitempty"` // after a run that failed; default 4
	Schedule
}

// Schedule says when something is run by itself. Without any of these it runs
// when somebody says so.
type Schedule struct {
	Every string   `json:"every,omitempty"` // a span, such as 5 minutes
	Cron  string   `json:"cron,omitempty"`  // minute hour day month weekday, in the workspace's zone
	After []string `json:"after,omitempty"` // datasets: whenever one of them has new rows
}

// Defaults and limits of a sync.
const (
	DefaultLookback        = 10 * time.Minute
	DefaultLookbackNumbers = 1000
	DefaultRetries         = 4
	mostRetries            = 100
	longestEvery           = 366 * 24 * time.Hour
)

// Attempts gives how often a run is tried in all.
func (s *Sync) Attempts() int {
	if s.Retries == nil {
		return DefaultRetries + 1
	}
	return *s.Retries + 1
}

// LookbackSpan gives how far back an incremental sync by time reads.
func (s *Sync) LookbackSpan() time.Duration {
	if s.Lookback == "0" {
		return 0
	}
	return spanOr(s.Lookback, DefaultLookback)
}

// LookbackNumber gives how far back an incremental sync by number reads.
func (s *Sync) LookbackNumber() int64 {
	if n, err := strconv.ParseInt(s.Lookback, 10, 64); err == nil {
		return n
	}
	return DefaultLookbackNumbers
}

func (s *DatasetSpec) validateSync(path string) []catalog.Finding {
	sync := s.Source.Sync
	out := oneOf(path+".mode", sync.Mode, syncModes)
	if sync.Drift != "" {
		out = append(out, oneOf(path+".drift", sync.Drift, driftRules)...)
	}
	if sync.Deletes != "" {
		out = append(out, oneOf(path+".deletes", sync.Deletes, deleteRules)...)
	}
	if sync.Retries != nil && (*sync.Retries < 0 || *sync.Retries > mostRetries) {
		out = append(out, problem(path+".retries", "bad_value", text.Text{ZH: "重试次数须在 0 到 100 之间", EN: "retries are 0 to 100"}))
	}
	if (sync.Mode == SyncIncremental || sync.Mode == SyncChanges) && len(s.PrimaryKey) == 0 {
		out = append(out, problem(path+".mode", "needs_key", text.Text{
			ZH: "按游标或变更同步需要主键（primaryKey），才知道哪一行变了",
			EN: "a sync by cursor or by changes needs a primaryKey: it tells which row has changed"}))
	}
	switch c := s.column(sync.Cursor); {
	case sync.Mode != SyncIncremental:
		for _, f := range []struct{ key, value string }{{"cursor", sync.Cursor}, {"lookback", sync.Lookback}, {"deletes", sync.Deletes}} {
			if f.value != "" {
				out = append(out, problem(path+"."+f.key, "not_here", text.Text{
					ZH: "{key} 只用于 mode: incremental", EN: "{key} is for mode: incremental only"}, "key", f.key))
			}
		}
	case sync.Cursor == "":
		out = append(out, problem(path+".cursor", "required", text.Text{
			ZH: "缺少游标列：新行或改动的行在这一列的值只会变大，例如 updated_at",
			EN: "the cursor is missing: the column that grows with every new or changed row, such as updated_at"}))
	case c == nil:
		out = append(out, s.unknownColumn(path+".cursor", sync.Cursor))
	case c.Type != "integer" && c.Type != "timestamp" && c.Type != "date":
		out = append(out, problem(path+".cursor", "bad_type", text.Text{
			ZH: "游标列须为整数、日期或时间", EN: "a cursor is an integer, a date or a timestamp"}))
	case sync.Lookback == "" || sync.Lookback == "0":
	case c.Type == "integer":
		if n, err := strconv.ParseInt(sync.Lookback, 10, 64); err != nil || n < 0 {
			out = append(out, problem(path+".lookback", "bad_value", text.Text{
				ZH: "整数游标的回看量是一个不小于 0 的整数", EN: "for a cursor of integers the lookback is an integer from 0 on"}))
		}
	default:
		out = append(out, span(path+".lookback", sync.Lookback, longestEvery)...)
	}
	return append(out, sync.Schedule.Check(path+".")...)
}

// Check finds what is wrong with a schedule; path stands before its keys.
func (s Schedule) Check(path string) []catalog.Finding {
	out := span(path+"every", s.Every, longestEvery)
	if s.Every != "" && s.Cron != "" {
		out = append(out, problem(path+"cron", "two_schedules", text.Text{
			ZH: "every 与 cron 只写一个", EN: "write every or cron, not both"}))
	}
	if s.Cron != "" && !cronFields(s.Cron) {
		out = append(out, problem(path+"cron", "bad_value", text.Text{
			ZH: "{value} 不可用：请写 分 时 日 月 星期，例如 30 6 * * 1-5",
			EN: "{value} cannot be used: write minute, hour, day, month and weekday, such as 30 6 * * 1-5"}, "value", s.Cron))
	}
	return out
}

// aheadOf is by how much a moment that has passed may seem to lie ahead: clocks
// are put right by little all the time.
const aheadOf = time.Minute

// Next gives the first moment after t at which the schedule says to run; ok is
// false when it names none. last is when it ran before. When the clock was put
// back since, that means nothing: it runs now, and from then on as it says.
func (s Schedule) Next(t, last time.Time, zone *time.Location) (next time.Time, ok bool) {
	back := last.After(t.Add(aheadOf))
	switch {
	case s.Every != "":
		d := spanOf(s.Every)
		if d <= 0 {
			return time.Time{}, false
		}
		if last.IsZero() || back || last.Add(d).Before(t) {
			return t, true
		}
		return last.Add(d), true
	case s.Cron != "":
		c, err := cronParser.Parse(s.Cron)
		if err != nil {
			return time.Time{}, false
		}
		if back {
			return t, true
		}
		if last.IsZero() {
			last = t
		}
		next := nextCron(c, last.In(zone))
		return next, !next.IsZero()
	}
	return time.Time{}, false
}

// rename gives a copy that follows a connection or dataset to another name.
func (s *Source) rename(kind, from, to string) *Source {
	c := *s
	if kind == KindConnection && c.Connection == from {
		c.Connection = to
	}
	if kind == KindDataset && s.syncs() && slices.Contains(s.Sync.After, from) {
		sync := *s.Sync
		sync.After = slices.Clone(sync.After)
		for i, name := range sync.After {
			if name == from {
				sync.After[i] = to
			}
		}
		c.Sync = &sync
	}
	if kind == KindDataset {
		c.renameInputs(from, to)
	}
	return &c
}

func (s *Source) syncs() bool { return s != nil && s.Sync != nil }

// tableName reports whether a text is the name of a table, with up to two schemas
// before it, or a pattern of files or the name of a topic, with slashes.
func tableName(s string) bool {
	if strings.ContainsAny(s, "/*") {
		return plainPattern.MatchString(s)
	}
	return strings.Count(s, ".") <= 2 && !slices.Contains(strings.Split(s, "."), "") && plainPattern.MatchString(s)
}
