package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

type loadCmd struct {
	Dataset      string   `help:"${help_load_dataset}" placeholder:"NAME"`
	Files        []string `arg:"" optional:"" name:"file" help:"${help_load_files}"`
	All          bool     `help:"${help_load_all}"`
	Source       string   `help:"${help_load_source}" placeholder:"DIR"`
	Mode         string   `help:"${help_load_mode}" enum:",replace,append,upsert" default:""`
	Create       bool     `help:"${help_load_create}"`
	DryRun       bool     `help:"${help_load_dry_run}"`
	IgnoreExtra  bool     `help:"${help_load_ignore_extra}"`
	AllowMissing bool     `help:"${help_load_allow_missing}"`
	MaxRejects   string   `help:"${help_load_max_rejects}" placeholder:"N|P%"`
	Undo         bool     `help:"${help_load_undo}"`
	Rejects      bool     `help:"${help_load_rejects}"`

	Type       string   `help:"${help_load_type}" placeholder:"csv|json|ndjson|parquet|xlsx"`
	Delimiter  string   `help:"${help_load_delimiter}"`
	Encoding   string   `help:"${help_load_encoding}" placeholder:"utf-8|gb18030|utf-16|windows-1252"`
	Header     *int     `help:"${help_load_header}" placeholder:"LINE"`
	SkipFooter int      `help:"${help_load_skip_footer}" placeholder:"N"`
	Sheet      string   `help:"${help_load_sheet}"`
	Null       []string `help:"${help_load_null}"`
}

// Run loads files into datasets.
func (c *loadCmd) Run(r *run) error {
	if c.Dataset == "" && len(c.Files) == 0 && c.Source != "" {
		c.All = true // a folder alone means everything in it
	}
	switch {
	case c.All && (c.Dataset != "" || len(c.Files) > 0):
		return wrongUse(say(msgLoadAllAlone))
	case !c.All && c.Dataset == "":
		return wrongUse(say(msgLoadDataset))
	case (c.Undo || c.Rejects) && len(c.Files) > 0:
		return wrongUse(say(msgLoadUndoAlone))
	}
	return r.with(func(cl *client) error {
		switch {
		case c.All:
			return c.all(r, cl)
		case c.Undo:
			return c.undo(r, cl)
		case c.Rejects:
			return c.rejects(r, cl)
		}
		return c.one(r, cl, c.Dataset, c.Files, c.format())
	})
}

func (c *loadCmd) format() semantic.Format {
	return semantic.Format{Type: c.Type, Delimiter: c.Delimiter, Encoding: c.Encoding, Header: c.Header,
		SkipFooter: c.SkipFooter, Sheet: c.Sheet, Nulls: c.Null}
}

func (c *loadCmd) undo(r *run, cl *client) error {
	var l ingest.Load
	if err := cl.call(r.ctx, "POST", api+"/datasets/"+url.PathEscape(c.Dataset)+"/undo", nil, &l); err != nil {
		return err
	}
	return c.follow(r, cl, l)
}

// rejects prints what the last load set aside, to be mended and loaded again.
func (c *loadCmd) rejects(r *run, cl *client) error {
	res, err := cl.do(r.ctx, "GET", api+"/datasets/"+url.PathEscape(c.Dataset)+"/rejects.csv", "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(r.rt.Stdout, res.Body)
	return err
}

// all loads every dataset whose definition names its files, those that others
// point to first, so that matching keys can be checked as rows come in.
func (c *loadCmd) all(r *run, cl *client) error {
	var page struct {
		Items []struct {
			Metadata catalog.Metadata     `json:"metadata"`
			Spec     semantic.DatasetSpec `json:"spec"`
		} `json:"items"`
	}
	if err := cl.call(r.ctx, "GET", api+"/datasets?limit=1000", nil, &page); err != nil {
		return err
	}
	n := 0
	for _, d := range page.Items {
		if d.Spec.Source == nil || len(d.Spec.Source.Files) == 0 {
			continue
		}
		n++
		if err := inside(d.Metadata.Name, d.Spec.Source.Files); err != nil {
			return err
		}
		if err := c.one(r, cl, d.Metadata.Name, d.Spec.Source.Files, semantic.Format{}); err != nil {
			return err
		}
	}
	if n == 0 {
		return fault.New(fault.NotFound, "no_sources", text.Text{
			EN: "no dataset names its files; add source.files to its definition or load it with --dataset NAME FILE",
			ZH: "没有数据集写明数据文件，请在定义中添加 source.files，或用 --dataset NAME FILE 单独装载"})
	}
	return nil
}

// inside refuses files outside of the folder. Definitions may be written by
// somebody else than who loads them, and what is loaded everybody can read.
func inside(dataset string, files []string) error {
	for _, f := range files {
		if !filepath.IsLocal(filepath.FromSlash(f)) {
			return fault.New(fault.Denied, "source_outside", text.Text{
				EN: "{dataset} names the file {file}, which is outside of the folder; load it by hand with --dataset {dataset} FILE if you trust it",
				ZH: "数据集 {dataset} 的数据文件 {file} 不在指定文件夹内；如确认可信，请用 --dataset {dataset} FILE 单独导入"}, "dataset", dataset, "file", f)
		}
	}
	return nil
}

// one loads files into a dataset: the first in the mode asked for, the others
// after it.
func (c *loadCmd) one(r *run, cl *client, dataset string, files []string, format semantic.Format) error {
	paths, err := c.expand(dataset, files)
	if err != nil {
		return err
	}
	mode := c.Mode
	if c.All && mode == "" {
		mode = ingest.Replace
	}
	for i, file := range paths {
		if i > 0 && mode != ingest.Upsert {
			mode = ingest.Append
		}
		if err := c.file(r, cl, dataset, file, mode, format, c.Create && i == 0); err != nil {
			return err
		}
	}
	return nil
}

// expand finds the files, below --source when they are relative.
func (c *loadCmd) expand(dataset string, files []string) ([]string, error) {
	if len(files) == 0 {
		return nil, wrongUse(say(msgLoadFiles), "dataset", dataset)
	}
	var out []string
	for _, f := range files {
		if c.Source != "" && !filepath.IsAbs(f) {
			f = filepath.Join(c.Source, f)
		}
		found, err := filepath.Glob(f)
		if err != nil || len(found) == 0 {
			found = []string{f}
		}
		slices.Sort(found)
		out = append(out, found...)
	}
	return out, nil
}

func (c *loadCmd) file(r *run, cl *client, dataset, file, mode string, format semantic.Format, create bool) error {
	up, err := cl.upload(r.ctx, file)
	if err != nil {
		return err
	}
	req := ingest.LoadRequest{Upload: up.ID, Dataset: dataset, Mode: mode, Format: format,
		IgnoreExtra: c.IgnoreExtra, AllowMissing: c.AllowMissing, MaxRejects: c.MaxRejects}
	if create || c.DryRun {
		d, err := cl.detect(r.ctx, up.ID, format, dataset, create)
		var p *problemError
		if c.DryRun && !create && errors.As(err, &p) && p.Status == 404 { // what it would be, then
			d, err = cl.detect(r.ctx, up.ID, format, dataset, true)
		}
		if err != nil {
			return err
		}
		if err := c.showDetection(r, dataset, d); err != nil {
			return err
		}
		if c.DryRun {
			return cl.call(r.ctx, "DELETE", api+"/uploads/"+up.ID, nil, nil)
		}
		if req.Create, err = cl.newDataset(r.ctx, dataset, d); err != nil {
			return err
		}
	}
	var l ingest.Load
	if err := cl.call(r.ctx, "POST", api+"/loads", req, &l); err != nil {
		return errors.Join(err, dropUpload(r, cl, up.ID))
	}
	return c.follow(r, cl, l)
}

// dropUpload is silent about an upload that is gone already.
func dropUpload(r *run, cl *client, id string) error {
	err := cl.call(r.ctx, "DELETE", api+"/uploads/"+id, nil, nil)
	var p *problemError
	if errors.As(err, &p) {
		return nil
	}
	return err
}

// newDataset gives the draft to create, or nil when the dataset is there.
func (c *client) newDataset(ctx context.Context, dataset string, d *ingest.Detection) (*ingest.Draft, error) {
	err := c.call(ctx, "GET", api+"/datasets/"+url.PathEscape(dataset), nil, nil)
	var p *problemError
	if err == nil {
		return nil, nil
	}
	if !errors.As(err, &p) || p.Status != 404 {
		return nil, err
	}
	return &ingest.Draft{Metadata: catalog.Metadata{Name: dataset}, Spec: *d.Spec}, nil
}

// showDetection prints what was found: as the definition that it proposes.
func (c *loadCmd) showDetection(r *run, dataset string, d *ingest.Detection) error {
	for _, w := range d.Warnings {
		fmt.Fprintln(r.rt.Stderr, say(msgWarning).In(r.lang)+w.Text.In(r.lang))
	}
	if r.flags.Output == "json" {
		return r.printJSON(d)
	}
	if d.Spec == nil {
		return nil
	}
	y, err := catalog.Encode([]*catalog.Resource{{Kind: semantic.KindDataset,
		Metadata: catalog.Metadata{Name: dataset}, Spec: d.Spec}})
	if err != nil {
		return err
	}
	_, err = r.rt.Stdout.Write(y)
	return err
}

// follow waits for the end of a load and tells how it went. An interrupt
// cancels the load, too.
func (c *loadCmd) follow(r *run, cl *client, l ingest.Load) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	shown := time.Time{}
	for l.State == ingest.Running {
		select {
		case <-r.ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), 10*time.Second)
			defer cancel()
			return errors.Join(r.ctx.Err(), cl.call(ctx, "DELETE", api+"/loads/"+l.ID, nil, nil))
		case <-tick.C:
		}
		if err := cl.call(r.ctx, "GET", api+"/loads/"+l.ID, nil, &l); err != nil {
			return err
		}
		if now := r.rt.Now(); l.State == ingest.Running && now.Sub(shown) > 2*time.Second && l.BytesTotal > 0 {
			shown = now
			r.note(say(msgLoadProgress), "dataset", l.Dataset, "percent", 100*l.BytesDone/l.BytesTotal)
		}
	}
	return c.ended(r, l)
}

func (c *loadCmd) ended(r *run, l ingest.Load) error {
	for _, w := range l.Warnings {
		fmt.Fprintln(r.rt.Stderr, say(msgWarning).In(r.lang)+w.Text.In(r.lang))
	}
	if r.flags.Output == "json" && !c.Create {
		if err := r.printJSON(l); err != nil {
			return err
		}
	}
	if l.State != ingest.Done {
		t := text.Text{EN: "the load was canceled; nothing changed", ZH: "装载已取消，数据未变"}
		code := "canceled"
		if l.Error != nil {
			t, code = l.Error.Text, l.Error.Code
		}
		return fault.New(fault.Invalid, code, t)
	}
	if c.Undo {
		r.note(say(msgUndone), "dataset", l.Dataset)
		return nil
	}
	r.note(say(msgLoaded), "dataset", l.Dataset, "loaded", l.Loaded, "rejected", l.Rejected, "file", l.File)
	if l.Rejected > 0 {
		r.note(say(msgRejects), "dataset", l.Dataset)
	}
	return nil
}

// upload streams a file to the workspace.
func (c *client) upload(ctx context.Context, file string) (ingest.Upload, error) {
	var up ingest.Upload
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return up, fault.New(fault.NotFound, "no_such_file", text.Text{
			EN: "there is no file {path}", ZH: "文件 {path} 不存在"}, "path", file)
	}
	if err != nil {
		return up, err
	}
	defer f.Close()
	pr, pw := io.Pipe()
	form := multipart.NewWriter(pw)
	go func() {
		part, err := form.CreateFormFile("file", filepath.Base(file))
		if err == nil {
			_, err = io.Copy(part, f)
		}
		if err == nil {
			err = form.Close()
		}
		pw.CloseWithError(err)
	}()
	// Reading to the end or closing the pipe lets the goroutine finish.
	defer pr.Close()
	res, err := c.do(ctx, "POST", api+"/uploads", form.FormDataContentType(), pr)
	if err != nil {
		return up, err
	}
	defer res.Body.Close()
	return up, decodeInto(res.Body, &up)
}

func (c *client) detect(ctx context.Context, upload string, f semantic.Format, dataset string, create bool) (*ingest.Detection, error) {
	req := ingest.DetectRequest{Format: f, Dataset: dataset}
	if create {
		req.Dataset = ""
	}
	var d ingest.Detection
	err := c.call(ctx, "POST", api+"/uploads/"+upload+"/detect", map[string]any{"format": req.Format, "dataset": req.Dataset}, &d)
	return &d, err
}
