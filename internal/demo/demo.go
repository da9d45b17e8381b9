package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// Zone is where the business lives; all times in the files are local to it.
const Zone = "Asia/Shanghai"

// DefaultWeeks is how many complete weeks of history are made.
const DefaultWeeks = 104

// Options says what to make.
type Options struct {
	Template string    // "retail"; empty is retail
	Seed     uint64    // same seed and day, same files
	Now      time.Time // data end at the midnight before it, in Zone
	Quiet    bool      // plant nothing
	Dir      string    // where the CSV files go; created when missing
	Weeks    int       // complete weeks of history, at least 8; 0 is DefaultWeeks
	Main     Kind      // force the kind of the main event; empty lets the seed choose
}

// Workspace is what was made.
type Workspace struct {
	Dir       string     // folder of the CSV files
	Documents []Document // definitions, in an order that can be applied at once
	People    []Person   // the first is the administrator
	Messages  []Message  // what the app reported, oldest first
	Events    []Event    // what was planted, the main event first; empty when quiet
	DataEnd   time.Time  // midnight after the last day with data
	LastWeek  time.Time  // Monday of the last complete week
}

// Document is one file of definitions.
type Document struct {
	Name string // such as "metrics.yaml"
	Text []byte // YAML, perhaps many documents
}

// Person is someone to look around as.
type Person struct {
	Name  string    // user name
	Title text.Text // how they are called
	Job   text.Text // what they do
	Role  string    // viewer, editor or admin
}

// Templates lists what Options.Template may be.
func Templates() []string { return []string{"retail"} }

// Generate writes the files and gives the definitions. Faults: Invalid for an
// unknown template or too short a history; any error of the file system.
func Generate(o Options) (*Workspace, error) {
	if o.Template != "" && o.Template != "retail" {
		return nil, fault.New(fault.Invalid, "unknown_template", text.Text{
			EN: "no demo template named {name}; there is: retail",
			ZH: "没有名为 {name} 的演示模板，可用的有：retail"}, "name", o.Template)
	}
	if o.Weeks == 0 {
		o.Weeks = DefaultWeeks
	}
	if o.Weeks < 8 {
		return nil, fault.New(fault.Invalid, "demo_too_short", text.Text{
			EN: "a demo needs at least 8 weeks of history", ZH: "演示数据至少要有 8 周"})
	}
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, fmt.Errorf("demo zone: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("demo folder: %w", err)
	}
	w := newWorld(o, newSpan(o.Now.In(zone), o.Weeks))
	w.drawEvents(o)
	stats, messages, err := w.write(o.Dir)
	if err != nil {
		return nil, err
	}
	docs, err := documents()
	if err != nil {
		return nil, err
	}
	docs = append(docs, Document{Name: "targets.yaml", Text: targetsYAML(w.span, stats)})
	return &Workspace{Dir: filepath.Clean(o.Dir), Documents: docs, People: people(), Messages: messages,
		Events: w.events, DataEnd: w.span.end, LastWeek: w.span.lastWeek}, nil
}

// span is the time that the data cover, in days from start.
type span struct {
	start    time.Time // a Monday
	end      time.Time // midnight that starts today
	lastWeek time.Time // Monday of the last complete week
	days     int       // days with data
	weeks    int       // complete weeks
}

func newSpan(now time.Time, weeks int) span {
	end := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	monday := end.AddDate(0, 0, -(int(end.Weekday())+6)%7)
	s := span{start: monday.AddDate(0, 0, -7*weeks), end: end, lastWeek: monday.AddDate(0, 0, -7), weeks: weeks}
	s.days = 7*weeks + (int(end.Weekday())+6)%7
	return s
}

// day gives the midnight that starts day i.
func (s span) day(i int) time.Time { return s.start.AddDate(0, 0, i) }
