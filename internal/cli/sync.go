package cli

import (
	"net/url"
	"strings"
	"time"

	"lodestar/internal/datasync"
	"lodestar/internal/fault"
	"lodestar/internal/ingest"
	"lodestar/internal/text"
)

type syncCmd struct {
	Run    syncRunCmd    `cmd:"" default:"withargs" help:"${help_sync_run}"`
	List   syncListCmd   `cmd:"" help:"${help_sync_list}"`
	Cancel syncCancelCmd `cmd:"" help:"${help_sync_cancel}"`
	Pause  syncPauseCmd  `cmd:"" help:"${help_sync_pause}"`
	Resume syncResumeCmd `cmd:"" help:"${help_sync_resume}"`
}

// syncHelp is the help of syncs, by the name that the command structs use.
func syncHelp() map[string]text.Text {
	return map[string]text.Text{
		"sync":         {EN: "copy what is new from connections", ZH: "从连接同步数据"},
		"sync_run":     {EN: "sync a dataset now", ZH: "立即同步一个数据集"},
		"sync_list":    {EN: "how syncs stand: last run, next run, how far behind", ZH: "查看同步状态：上次、下次运行和滞后时间"},
		"sync_cancel":  {EN: "stop the run of a dataset; what it has stored stays", ZH: "取消数据集正在进行的同步，已存入的数据保留"},
		"sync_pause":   {EN: "stop the schedule of a dataset", ZH: "暂停数据集的定时同步"},
		"sync_resume":  {EN: "let the schedule of a dataset go on", ZH: "恢复数据集的定时同步"},
		"sync_dataset": {EN: "name of the dataset", ZH: "数据集名称"},
		"sync_from":    {EN: "read a range of the cursor again, from here on: a date, a time or a number", ZH: "补录：从此处开始重新读取（日期、时间或整数）"},
		"sync_to":      {EN: "up to here, which is left out", ZH: "补录到此处为止（不含）"},
		"sync_full":    {EN: "read everything once more, in place of what is there", ZH: "重新读取全部数据并替换现有数据"},
		"sync_wait":    {EN: "wait for the end; without --server this is always done", ZH: "等待同步结束；不带 --server 时总是等待"},
	}
}

type syncRunCmd struct {
	Dataset string `arg:"" help:"${help_sync_dataset}"`
	From    string `help:"${help_sync_from}" placeholder:"START"`
	To      string `help:"${help_sync_to}" placeholder:"END"`
	Full    bool   `help:"${help_sync_full}"`
	Wait    bool   `help:"${help_sync_wait}"`
}

// Run starts a sync, and waits for its end where nobody else will bring it there.
func (c *syncRunCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var s datasync.Run
		if err := cl.call(r.ctx, "POST", syncPath(c.Dataset, ""), datasync.Request{From: c.From, To: c.To, Full: c.Full}, &s); err != nil {
			return err
		}
		if !c.Wait && !cl.local() {
			r.note(text.Text{EN: "the sync of {dataset} has begun: lodestar sync list shows how it goes",
				ZH: "{dataset} 的同步已开始；可用 lodestar sync list 查看进度"}, "dataset", c.Dataset)
			return nil
		}
		s, err := waitForSync(r, cl, s)
		if err != nil {
			return err
		}
		return reportSync(r, s)
	})
}

// waitForSync asks again and again, with pauses that grow, until a run ends.
func waitForSync(r *run, cl *client, s datasync.Run) (datasync.Run, error) {
	pause := 20 * time.Millisecond
	for !s.Ended() {
		select {
		case <-r.ctx.Done():
			return s, r.ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, time.Second)
		if err := cl.call(r.ctx, "GET", api+"/syncs/"+url.PathEscape(s.ID), nil, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

func reportSync(r *run, s datasync.Run) error {
	for _, w := range s.Warnings {
		r.note(w.Text)
	}
	if s.Error != nil {
		return fault.New(fault.Unavailable, s.Error.Code, s.Error.Text)
	}
	g := grid{head: []string{"dataset", "read", "loaded", "rejected", "deleted", "seconds"},
		rows: [][]any{{s.Dataset, s.Read, s.Loaded, s.Rejected, s.Deleted, s.EndedAt.Sub(s.StartedAt).Seconds()}}}
	return r.print(g, s)
}

type syncListCmd struct{}

// Run lists how the syncs stand.
func (syncListCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var all struct {
			Items []datasync.Status `json:"items"`
		}
		if err := cl.call(r.ctx, "GET", api+"/syncs", nil, &all); err != nil {
			return err
		}
		g := grid{head: []string{"dataset", "connection", "mode", "state", "synced", "next", "behind", "note"}}
		for _, s := range all.Items {
			g.rows = append(g.rows, []any{s.Dataset, s.Connection, s.Mode, syncState(s), instant(s.SyncedAt), instant(s.Next), s.Behind, r.syncNote(s)})
		}
		return r.print(g, all.Items)
	})
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// syncState is one word for how a sync stands.
func syncState(s datasync.Status) string {
	switch {
	case s.Current != nil:
		return s.Current.State
	case s.Failing:
		return datasync.Failed
	case s.Paused:
		return "paused"
	case s.Last == nil:
		return "new"
	}
	return datasync.Done
}

func (r *run) syncNote(s datasync.Status) string {
	if s.Current != nil && s.Current.Error != nil {
		return s.Current.Error.Text.In(r.lang)
	}
	if s.Failing && s.Last.Error != nil {
		return s.Last.Error.Text.In(r.lang)
	}
	var names []string
	for _, d := range s.Drift {
		names = append(names, d.Column)
	}
	switch {
	case s.Outdated > 0:
		return ingest.NoteOutdated(s.Outdated).Text.In(r.lang)
	case s.Absent > 0:
		return ingest.NoteAbsent(s.Absent).Text.In(r.lang)
	case len(names) == 0:
		return ""
	}
	return text.Text{EN: "new columns: {names}", ZH: "新列：{names}"}.With("names", strings.Join(names, ", ")).In(r.lang)
}

type syncCancelCmd struct {
	Dataset string `arg:"" help:"${help_sync_dataset}"`
}

// Run stops the run of a dataset that has not ended.
func (c *syncCancelCmd) Run(r *run) error {
	return r.with(func(cl *client) error {
		var st datasync.Status
		if err := cl.call(r.ctx, "GET", syncPath(c.Dataset, ""), nil, &st); err != nil {
			return err
		}
		if st.Current == nil {
			r.note(text.Text{EN: "no sync of {dataset} is under way", ZH: "{dataset} 没有正在进行的同步"}, "dataset", c.Dataset)
			return nil
		}
		return cl.call(r.ctx, "POST", api+"/syncs/"+url.PathEscape(st.Current.ID)+"/cancel", nil, nil)
	})
}

type syncPauseCmd struct {
	Dataset string `arg:"" help:"${help_sync_dataset}"`
}

// Run stops a schedule.
func (c *syncPauseCmd) Run(r *run) error {
	return r.with(func(cl *client) error { return cl.call(r.ctx, "POST", syncPath(c.Dataset, "/pause"), nil, nil) })
}

type syncResumeCmd struct {
	Dataset string `arg:"" help:"${help_sync_dataset}"`
}

// Run lets a schedule go on.
func (c *syncResumeCmd) Run(r *run) error {
	return r.with(func(cl *client) error { return cl.call(r.ctx, "POST", syncPath(c.Dataset, "/resume"), nil, nil) })
}

func syncPath(dataset, end string) string {
	return api + "/datasets/" + url.PathEscape(dataset) + "/sync" + end
}
