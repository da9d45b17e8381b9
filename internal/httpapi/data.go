package httpapi

import (
	"bytes"
	"context"
	"net/http"

	"lodestar/internal/access"
	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// datasetStatus is a dataset's rows with what depends on them.
type datasetStatus struct {
	ingest.Status
	Title       text.Text `json:"title"`
	Description text.Text `json:"description"`
	UsedBy      int       `json:"usedBy"`                    // metrics
	Distorts    []string  `json:"distorts" nullable:"false"` // metrics, while the data are late
	Events      bool      `json:"events,omitempty"`          // rows come from event intake alone
}

type dataSummary struct {
	Datasets int `json:"datasets"`
	Fresh    int `json:"fresh"`
	Late     int `json:"late"`
	// What all rows take on disk, in bytes, and the part of it that rows have left.
	Bytes int64 `json:"bytes"`
	Free  int64 `json:"free"`
}

type dataPage struct {
	Items   []datasetStatus `json:"items" nullable:"false"`
	Summary dataSummary     `json:"summary"`
}

type previewIn struct {
	Name  string `path:"name"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

type rejectsIn struct {
	Name   string `path:"name"`
	Cursor int64  `query:"cursor" minimum:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type suggestBody struct {
	Datasets []string `json:"datasets" nullable:"false"`
}

// dataRoutes tell of the rows that datasets hold.
func (a *API) dataRoutes() {
	const tag = "Data"
	register(a, operation{id: "getData", method: "GET", path: "/data", role: access.Viewer, tag: tag, summary: "All datasets: rows, freshness, rejects"},
		func(ctx context.Context, who access.Actor, _ *nothing) (*out[dataPage], error) {
			p, err := a.data(ctx, who)
			return &out[dataPage]{p}, err
		})
	register(a, operation{id: "getDatasetStatus", method: "GET", path: "/datasets/{name}/status", role: access.Viewer, tag: tag, summary: "One dataset's rows and freshness"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[datasetStatus], error) {
			s, err := a.cfg.Ingest.Status(ctx, who, in.Name)
			if err != nil {
				return nil, err
			}
			return &out[datasetStatus]{a.withUses(s)}, nil
		})
	register(a, operation{id: "previewDataset", method: "GET", path: "/datasets/{name}/preview", role: access.Viewer, tag: tag, summary: "Some rows"},
		func(ctx context.Context, who access.Actor, in *previewIn) (*out[ingest.Table], error) {
			t, err := a.cfg.Ingest.Preview(ctx, who, in.Name, in.Limit)
			return &out[ingest.Table]{t}, err
		})
	register(a, operation{id: "profileDataset", method: "GET", path: "/datasets/{name}/profile", role: access.Viewer, tag: tag, summary: "The values of each column"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[ingest.Profile], error) {
			p, err := a.cfg.Ingest.Profile(ctx, who, in.Name)
			return &out[ingest.Profile]{p}, err
		})
	register(a, operation{id: "undoLoad", method: "POST", path: "/datasets/{name}/undo", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Go back to the rows before the last load"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[ingest.Load], error) {
			l, err := a.cfg.Ingest.Undo(ctx, who, in.Name)
			return &out[ingest.Load]{l}, err
		})
	a.recastRoutes()
	a.rejectRoutes()
	a.relationRoutes()
}

type recastBody struct {
	Spec semantic.DatasetSpec `json:"spec"`
}

// recastRoutes are for changing the columns of rows that are loaded. Storing a
// changed definition converts the rows, too; doing it by hand is for rows that
// could not follow then.
func (a *API) recastRoutes() {
	const tag = "Data"
	register(a, operation{id: "previewRecast", method: "POST", path: "/datasets/{name}/recast/preview", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "What other columns would do to the rows that are loaded"},
		func(ctx context.Context, who access.Actor, in *struct {
			Name string `path:"name"`
			Body body[recastBody]
		}) (*out[ingest.Recast], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			r, err := a.cfg.Ingest.PreviewRecast(ctx, who, in.Name, b.Spec)
			return &out[ingest.Recast]{r}, err
		})
	register(a, operation{id: "recastDataset", method: "POST", path: "/datasets/{name}/recast", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "Convert the loaded rows to the definition as it is now"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[ingest.Load], error) {
			l, err := a.cfg.Ingest.Recast(ctx, who, in.Name)
			return &out[ingest.Load]{l}, err
		})
}

func (a *API) rejectRoutes() {
	const tag = "Data"
	register(a, operation{id: "listRejects", method: "GET", path: "/datasets/{name}/rejects", role: access.Viewer, tag: tag, summary: "Records that the last load set aside"},
		func(ctx context.Context, who access.Actor, in *rejectsIn) (*out[ingest.Rejects], error) {
			r, err := a.cfg.Ingest.Rejects(ctx, who, in.Name, in.Cursor, in.Limit)
			return &out[ingest.Rejects]{r}, err
		})
	file := operation{id: "downloadRejects", method: "GET", path: "/datasets/{name}/rejects.csv", role: access.Viewer, tag: tag,
		summary: "The same as a file to mend and load again"}
	register(a, file, func(ctx context.Context, who access.Actor, in *nameIn) (*yamlOut, error) {
		var b bytes.Buffer
		err := a.cfg.Ingest.RejectsCSV(ctx, who, in.Name, &b)
		return &yamlOut{"text/csv; charset=utf-8", `attachment; filename="rejects.csv"`, b.Bytes()}, err
	})
	a.describe(file, answersText("text/csv"))
}

func (a *API) relationRoutes() {
	const tag = "Data"
	register(a, operation{id: "listRelations", method: "GET", path: "/datasets/{name}/relations", role: access.Viewer, tag: tag, summary: "How well the keys of its relationships match"},
		func(ctx context.Context, who access.Actor, in *nameIn) (*out[items[ingest.Relation]], error) {
			rs, err := a.cfg.Ingest.Relations(ctx, who, in.Name)
			return &out[items[ingest.Relation]]{listOf(rs)}, err
		})
	register(a, operation{id: "suggestRelations", method: "POST", path: "/relations/suggest", role: access.Viewer, tag: tag,
		status: http.StatusOK, summary: "Relationships that names and values make likely"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[suggestBody] }) (*out[items[ingest.Suggestion]], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			s, err := a.cfg.Ingest.SuggestRelations(ctx, who, b.Datasets)
			return &out[items[ingest.Suggestion]]{listOf(s)}, err
		})
}

func (a *API) data(ctx context.Context, who access.Actor) (dataPage, error) {
	all, err := a.cfg.Ingest.StatusAll(ctx, who)
	if err != nil {
		return dataPage{}, err
	}
	room, err := a.cfg.Ingest.Room(ctx, who)
	p := dataPage{Items: []datasetStatus{}, Summary: dataSummary{Bytes: room.Bytes, Free: room.Free}}
	for _, s := range all {
		p.Items = append(p.Items, a.withUses(s))
		p.Summary.Datasets++
		switch s.Freshness {
		case "late":
			p.Summary.Late++
		case "fresh":
			p.Summary.Fresh++
		}
	}
	return p, err
}

// dropRows deletes the rows of datasets whose definitions were deleted.
func (a *API) dropRows(ctx context.Context, who access.Actor, gone []catalog.Ref) error {
	for _, ref := range gone {
		if ref.Kind != semantic.KindDataset && ref.Kind != semantic.KindEvent {
			continue
		}
		if err := a.cfg.Ingest.DropDataset(ctx, who, ref.Name); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// renamable refuses to take the name from under a dataset's rows.
func (a *API) renamable(ctx context.Context, who access.Actor, k catalog.Kind, name string) error {
	if k.Name != semantic.KindDataset && k.Name != semantic.KindEvent {
		return nil
	}
	s, err := a.cfg.Ingest.Status(ctx, who, name)
	if err != nil || s.Rows == 0 {
		return err
	}
	return fault.New(fault.Conflict, "has_rows", text.Text{
		EN: "{name} holds rows, which keep their name; define a new dataset and load the files into it",
		ZH: "{name} 已有数据，不能改名；请新建数据集后重新装载文件"}, "name", name)
}

// withUses adds what the definitions say of the dataset.
func (a *API) withUses(s ingest.Status) datasetStatus {
	out := datasetStatus{Status: s, Distorts: []string{}}
	if d := a.cfg.Model().Dataset(s.Name); d != nil && d.Spec.FromEvents() {
		out.Title, out.Description, out.Events = d.Title, d.Description, true
	}
	if r, ok := a.cfg.Catalog.Snapshot().Get(semantic.KindDataset, s.Name); ok {
		out.Title, out.Description = r.Metadata.Title, r.Metadata.Description
	}
	for _, m := range a.cfg.Model().Metrics() {
		for _, d := range m.Datasets {
			if d.Name != s.Name {
				continue
			}
			out.UsedBy++
			if s.Freshness == "late" {
				out.Distorts = append(out.Distorts, m.Name)
			}
		}
	}
	return out
}
