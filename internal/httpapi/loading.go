package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lodestar/internal/access"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

type idIn struct {
	ID string `path:"id"`
}

// detectBody is a format, of which what is not set is detected, with the
// dataset to match to.
type detectBody struct {
	Format  semantic.Format `json:"format,omitzero"`
	Dataset string          `json:"dataset,omitempty"`
}

type loadsIn struct {
	Dataset string `query:"dataset"`
}

// loadingRoutes bring files in.
func (a *API) loadingRoutes() {
	const tag = "Loading"
	upload := operation{id: "upload", method: "POST", path: "/uploads", role: access.Editor, tag: tag, streams: true,
		status: http.StatusCreated, summary: "Send a file; it is looked at and loaded in further steps"}
	register(a, upload, func(ctx context.Context, who access.Actor, _ *nothing) (*out[ingest.Upload], error) {
		up, err := a.upload(ctx, who)
		return &out[ingest.Upload]{up}, err
	})
	a.describe(upload, func(op *huma.Operation) {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {
			Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
				Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}}
	})
	register(a, operation{id: "detect", method: "POST", path: "/uploads/{id}/detect", role: access.Editor, tag: tag,
		status: http.StatusOK, summary: "How the file is written, and what its columns are"},
		func(ctx context.Context, who access.Actor, in *struct {
			ID   string `path:"id"`
			Body body[detectBody]
		}) (*out[ingest.Detection], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			d, err := a.cfg.Ingest.Detect(ctx, who, ingest.DetectRequest{Upload: in.ID, Format: b.Format, Dataset: b.Dataset})
			return &out[ingest.Detection]{d}, err
		})
	register(a, operation{id: "dropUpload", method: "DELETE", path: "/uploads/{id}", role: access.Editor, tag: tag, summary: "Forget an uploaded file"},
		func(ctx context.Context, who access.Actor, in *idIn) (*nothing, error) {
			return nil, a.cfg.Ingest.Discard(ctx, who, in.ID)
		})
	register(a, operation{id: "startLoad", method: "POST", path: "/loads", role: access.Editor, tag: tag,
		status: http.StatusAccepted, summary: "Load an uploaded file into a dataset"},
		func(ctx context.Context, who access.Actor, in *struct{ Body body[ingest.LoadRequest] }) (*out[ingest.Load], error) {
			b, err := in.Body.get()
			if err != nil {
				return nil, err
			}
			l, err := a.cfg.Ingest.Start(ctx, who, b)
			return &out[ingest.Load]{l}, err
		})
	register(a, operation{id: "listLoads", method: "GET", path: "/loads", role: access.Viewer, tag: tag, summary: "Loads, newest first"},
		func(ctx context.Context, who access.Actor, in *loadsIn) (*out[items[ingest.Load]], error) {
			ls, err := a.cfg.Ingest.Loads(ctx, who, in.Dataset)
			return &out[items[ingest.Load]]{listOf(ls)}, err
		})
	register(a, operation{id: "getLoad", method: "GET", path: "/loads/{id}", role: access.Viewer, tag: tag, summary: "How far a load is"},
		func(ctx context.Context, who access.Actor, in *idIn) (*out[ingest.Load], error) {
			l, err := a.cfg.Ingest.Load(ctx, who, in.ID)
			return &out[ingest.Load]{l}, err
		})
	register(a, operation{id: "cancelLoad", method: "DELETE", path: "/loads/{id}", role: access.Editor, tag: tag, summary: "Stop a load; the data stay as they were"},
		func(ctx context.Context, who access.Actor, in *idIn) (*nothing, error) {
			return nil, a.cfg.Ingest.Cancel(ctx, who, in.ID)
		})
}

// upload hands the first file of a form to the service as it comes in.
func (a *API) upload(ctx context.Context, who access.Actor) (ingest.Upload, error) {
	form, err := requestOf(ctx).MultipartReader()
	if err != nil {
		return ingest.Upload{}, badUpload(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return ingest.Upload{}, badUpload(err)
		}
		if err != nil {
			return ingest.Upload{}, badUpload(err)
		}
		if part.FormName() != "file" {
			continue
		}
		src := &bodyReader{r: part}
		up, err := a.cfg.Ingest.Upload(ctx, who, part.FileName(), src)
		if err != nil && src.err == nil { // or the sender would see a broken connection in place of the answer
			_, _ = io.CopyN(io.Discard, src, maxDrained)
			return up, err
		}
		if err != nil && src.err != nil {
			return up, badUpload(src.err) // the sender broke off: not our error
		}
		return up, err
	}
}

// bodyReader remembers that reading the request failed.
type bodyReader struct {
	r   io.Reader
	err error
}

// Read reads from the request.
func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func badUpload(cause error) error {
	return fault.New(fault.Invalid, "bad_upload", text.Text{
		EN: `the upload is not a complete form with a file in the field "file"; send it again`,
		ZH: "上传内容不完整，或缺少名为 file 的文件字段，请重新上传"}).Wrap(cause)
}
