package ingest

import (
	"strings"
	"testing"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/semantic"
)

func TestDetectChineseExport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.upload("订单.csv", strings.NewReader("五月订单,,,,\n订单号,下单时间,销售额,折扣,会员号\n"+
		"001,2026-01-05 10:00:00,\"¥1,200.50\",10%,9\n002,2026-01-06 11:00:00,¥80,,8\n003,2026-01-07 12:00:00,¥5.5,5%,8\n合计,,1286,,\n"))
	d, err := b.Detect(t.Context(), editor, DetectRequest{Upload: id})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range d.Columns {
		got = append(got, c.Name+":"+string(c.Type)+":"+c.Format)
	}
	if s := strings.Join(got, " "); s != "order_id:string: ordered_at:timestamp: sales:decimal:1,234.50 discount:decimal:1,234.50 member_id:string:" {
		t.Error(s)
	}
	if *d.Format.Header != 2 || d.Format.SkipFooter != 1 || d.Time != "ordered_at" || len(d.Key) == 0 || d.Key[0].Columns[0] != "order_id" || d.Columns[2].Rescued != 3 {
		t.Errorf("%+v", d)
	}
	b.define("orders", *d.Spec)
	if l := b.start(LoadRequest{Upload: id, Dataset: "orders"}); l.Loaded != 3 || l.Rejected != 0 {
		t.Errorf("%+v %+v", l, l.Error)
	}
}

// TestDetectQuotedAmounts tells amounts that are quoted for the comma in them
// from numbers that are quoted because they are names.
func TestDetectQuotedAmounts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.upload("sales.csv", strings.NewReader("member,amount,pieces\n\"17\",\"1,861.10\",3\n\"18\",\"2,004.00\",1\n"))
	d, err := b.Detect(t.Context(), editor, DetectRequest{Upload: id})
	if err != nil {
		t.Fatal(err)
	}
	if d.Columns[0].Type != expr.String || d.Columns[1].Type != expr.Decimal || d.Columns[2].Type != expr.Integer {
		t.Errorf("%+v", d.Columns)
	}
}

func TestStatusProfileAndRecast(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	spec := semantic.DatasetSpec{Time: "day", Freshness: &semantic.Freshness{Within: "8 days"}, Columns: []semantic.Column{
		col("shop", expr.String), col("code", expr.String), col("day", expr.Date), col("amount", expr.Decimal)}}
	b.define("sales", spec)
	if l := b.load(LoadRequest{Dataset: "sales"}, "shop,code,day,amount\na,1,2026-02-27,1.5\nb,2,2026-02-28,\na,x,2026-02-20,4\n"); l.Loaded != 3 {
		t.Fatalf("%+v", l.Error)
	}
	status, err := b.StatusAll(t.Context(), editor)
	if err != nil || len(status) != 1 || status[0].Freshness != "fresh" || status[0].Rows != 3 || !status[0].CanUndo ||
		status[0].DataTo.Format("2006-01-02") != "2026-02-28" {
		t.Errorf("%+v %v", status, err)
	}
	late := spec
	late.Freshness = &semantic.Freshness{Within: "6 hours"}
	b.define("sales", late)
	if st, err := b.Status(t.Context(), editor, "sales"); err != nil || st.Freshness != "late" || st.LateBy == "" {
		t.Errorf("%+v %v", st, err)
	}
	p, err := b.Profile(t.Context(), editor, "sales")
	if err != nil {
		t.Fatal(err)
	}
	if a := p.Columns[3]; a.Missing != 1 || a.Distinct != 2 || len(a.Histogram) != bins || a.Histogram[0].Count != 1 || a.Histogram[bins-1].Count != 1 {
		t.Errorf("%+v", a)
	}
	if s := p.Columns[0]; s.Top[0].Value != "a" || s.Top[0].Count != 2 || s.Histogram != nil {
		t.Errorf("%+v", s)
	}
	if table, err := b.Preview(t.Context(), editor, "sales", 2); err != nil || len(table.Rows) != 2 || table.Rows[0][2] != "2026-02-27" {
		t.Errorf("%+v %v", table, err)
	}

	changed := spec
	changed.Columns = []semantic.Column{col("shop", expr.String), col("code", expr.Integer), col("day", expr.Date), col("amount", expr.Float), col("note", expr.String)}
	b.define("sales", changed)
	preview, err := b.PreviewRecast(t.Context(), editor, "sales", changed)
	if err != nil || preview.Lost != 1 || preview.Columns[0].Name != "code" || preview.Columns[0].Samples[0] != "x" {
		t.Errorf("%+v %v", preview, err)
	}
	if _, err := b.Recast(t.Context(), editor, "sales"); err == nil {
		t.Error("a value was lost")
	}
	if rows := b.rows("sales", "code"); len(rows) != 3 {
		t.Errorf("%v", rows)
	}
	changed.Columns[1].Type = expr.String
	if l, err := b.Recast(t.Context(), editor, "sales"); err != nil || l.State != Done {
		t.Fatalf("%+v %v", l, err)
	}
	if rows := b.rows("sales", "shop, amount, note"); len(rows) != 3 || rows[0] != "a|1.5" {
		t.Errorf("%v", rows)
	}
	// Rows follow their definition, so this goes back only with it.
	if _, err := b.Undo(t.Context(), editor, "sales"); !fault.Is(err, fault.Conflict) {
		t.Errorf("undo after a recast: %v", err)
	}
}

func TestCancelLeavesRowsAsTheyWere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("shops", shops())
	b.load(LoadRequest{Dataset: "shops"}, "id,name,amount\n7,old,7\n")
	var l Load
	reached, release := make(chan struct{}), make(chan struct{})
	b.step = func(name string) {
		if name == "before apply" {
			close(reached)
			<-release
		}
	}
	l, err := b.Start(t.Context(), editor, LoadRequest{Dataset: "shops", Mode: Replace, Upload: b.upload("x.csv", strings.NewReader("id,name,amount\n1,a,2\n"))})
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := b.Cancel(t.Context(), editor, l.ID); err != nil {
		t.Fatal(err)
	}
	close(release)
	if l, err = b.Wait(t.Context(), l.ID); err != nil || l.State != Canceled {
		t.Errorf("%+v %v", l, err)
	}
	b.step = func(string) {}
	if rows := b.rows("shops", "name"); len(rows) != 1 || rows[0] != "old" {
		t.Errorf("%v", rows)
	}
	if l := b.load(LoadRequest{Dataset: "shops", Mode: Append, MaxRejects: "10%"}, "id,name,amount\nx,a,2\n1,b,2\n"); l.State != Failed || l.Error.Code != "too_many_rejects" {
		t.Errorf("%+v", l)
	}
}
