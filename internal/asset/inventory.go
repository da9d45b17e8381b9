package asset

import (
	"context"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func (p people) list() []Person {
	out := []Person{}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = append(out, Person{name, p[name]})
	}
	return out
}

// Asset is one line of the inventory.
type Asset struct {
	Kind        string          `json:"kind"`
	Name        string          `json:"name"`
	Title       text.Text       `json:"title"`
	Description text.Text       `json:"description"`
	Domain      string          `json:"domain,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Steward     string          `json:"steward,omitempty"`
	Sensitivity string          `json:"sensitivity,omitempty"`
	KeyAsset    bool            `json:"keyAsset,omitempty"`
	Duties      *catalog.Duties `json:"duties,omitempty"`
	State       string          `json:"state"` // published | quarantined
	// Asked is how often questions of the last 30 days read it; of a metric, how
	// often it was asked for itself or within another.
	Asked int64 `json:"asked"`
	// Source says how rows come in: hand, files, sync, direct, steps or events;
	// empty for what has no rows and for datasets that never had any.
	Source string `json:"source,omitempty"`
	// HandLoads counts the files that were loaded by hand, HandFiles their names.
	HandLoads int       `json:"handLoads,omitempty"`
	HandFiles []string  `json:"handFiles,omitempty"`
	Freshness string    `json:"freshness,omitempty"` // fresh | late | none
	Future    int64     `json:"future,omitempty"`    // rows that do not count for that: they were of the future when they were loaded
	LoadedAt  time.Time `json:"loadedAt,omitzero"`
	Rows      int64     `json:"rows"`
	Bytes     int64     `json:"bytes"`
	Score     *float64  `json:"score"` // of quality; null without rules
	Broken    int       `json:"broken"`
	Errors    int       `json:"errors"` // of the broken rules, those that mark metrics

	status ingest.Status // of the rows, when it has any
}

// inventoried are the kinds that are assets.
var inventoried = []string{semantic.KindConnection, semantic.KindDataset, semantic.KindEvent, semantic.KindEntity, semantic.KindMetric}

// usageDays is how far back use is counted.
const usageDays = 30

// mostLoads is how many loads are looked through for files loaded by hand.
const mostLoads = 5000

// Assets lists every connection, dataset, event, entity and metric, by kind and
// name.
func (s *Service) Assets(ctx context.Context, who access.Actor) ([]Asset, error) {
	if err := who.Must(access.Viewer); err != nil {
		return nil, err
	}
	statuses, err := s.Ingest.StatusAll(ctx, who)
	if err != nil {
		return nil, err
	}
	byName := map[string]ingest.Status{}
	for _, st := range statuses {
		byName[st.Name] = st
	}
	used, err := s.Queries.Usage(ctx, who, s.Now().AddDate(0, 0, -usageDays))
	if err != nil {
		return nil, err
	}
	loads, err := s.handLoads(ctx)
	if err != nil {
		return nil, err
	}
	out := []Asset{}
	for _, r := range s.Catalog().All() {
		if !slices.Contains(inventoried, r.Kind) {
			continue
		}
		a := of(r)
		switch r.Kind {
		case semantic.KindDataset, semantic.KindEvent:
			s.rowsOf(&a, r, byName[a.Name], loads[a.Name])
			a.Asked = used.Datasets[a.Name]
		case semantic.KindMetric:
			a.Asked = used.Metrics[a.Name]
			if m := s.Model().Metric(a.Name); m != nil {
				score := s.Quality.MetricScore(m)
				a.Score, a.Broken, a.Errors = score.Value, score.Broken, score.Errors
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func of(r *catalog.Resource) Asset {
	m := r.Metadata
	a := Asset{Kind: r.Kind, Name: m.Name, Title: m.Title, Description: m.Description, Domain: m.Domain, Tags: m.Tags, Owner: m.Owner, Steward: m.Steward,
		Sensitivity: m.Sensitivity, KeyAsset: m.KeyAsset, Duties: m.Duties, State: string(r.State)}
	if a.Title.IsZero() {
		a.Title = text.Same(m.Name)
	}
	return a
}

// rowsOf fills in what is known of a dataset's rows.
func (s *Service) rowsOf(a *Asset, r *catalog.Resource, st ingest.Status, hand []string) {
	a.status = st
	a.Freshness, a.Future, a.LoadedAt, a.Rows, a.Bytes = st.Freshness, st.Future, st.LoadedAt, st.Rows, st.Bytes
	if d := s.Model().Dataset(a.Name); d != nil {
		score := s.Quality.DatasetScore(d)
		a.Score, a.Broken, a.Errors = score.Value, score.Broken, score.Errors
	}
	spec, ok := r.Spec.(*semantic.DatasetSpec)
	switch {
	case !ok:
		a.Source = "events"
	case spec.Source != nil && spec.Source.Sync != nil:
		a.Source = "sync"
	case spec.Source != nil && spec.Source.Connection != "":
		a.Source = "direct"
	case spec.Prepared():
		a.Source = "steps"
	case spec.Source != nil && len(spec.Source.Files) > 0:
		a.Source = "files"
	case len(hand) > 0:
		a.Source = "hand"
	}
	if a.Source == "hand" || a.Source == "files" {
		a.HandLoads, a.HandFiles = len(hand), distinct(hand)
	}
}

const shownFiles = 10

func distinct(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) && len(out) < shownFiles {
			out = append(out, n)
		}
	}
	return out
}

// handLoads lists the files that were loaded into each dataset, newest first.
func (s *Service) handLoads(ctx context.Context) (map[string][]string, error) {
	ledger, err := s.Ledger(ctx, "", mostLoads)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, e := range ledger {
		if e.File != "" && (e.Mode == ingest.Replace || e.Mode == ingest.Append || e.Mode == ingest.Upsert) {
			out[e.Dataset] = append(out[e.Dataset], e.File)
		}
	}
	return out, nil
}

// AssetsCSV writes the inventory as a file for spreadsheets.
func (s *Service) AssetsCSV(ctx context.Context, who access.Actor, lang text.Lang, w io.Writer) error {
	list, err := s.Assets(ctx, who)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets take it for UTF-8 then
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"kind", "name", "title", "domain", "owner", "steward", "sensitivity", "key_asset", "collects", "cleans", "analyses", "reports",
		"asked_30_days", "source", "hand_loads", "freshness", "loaded_at", "rows", "bytes", "quality_score", "broken_rules", "state"}}
	for _, a := range list {
		d := catalog.Duties{}
		if a.Duties != nil {
			d = *a.Duties
		}
		score, loaded := "", ""
		if a.Score != nil {
			score = strconv.FormatFloat(*a.Score, 'f', 4, 64)
		}
		if !a.LoadedAt.IsZero() {
			loaded = a.LoadedAt.UTC().Format(time.RFC3339)
		}
		rows = append(rows, []string{a.Kind, a.Name, a.Title.In(lang), a.Domain, a.Owner, a.Steward, a.Sensitivity, strconv.FormatBool(a.KeyAsset),
			d.Collects, d.Cleans, d.Analyses, d.Reports, strconv.FormatInt(a.Asked, 10), a.Source, strconv.Itoa(a.HandLoads), a.Freshness, loaded,
			strconv.FormatInt(a.Rows, 10), strconv.FormatInt(a.Bytes, 10), score, strconv.Itoa(a.Broken), a.State})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	return out.WriteAll(rows)
}

// harmless keeps a cell from being run as a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}
