package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

func exported(t *testing.T) sheet {
	t.Helper()
	d, err := warehouse.ParseDecimal("12345678901234567.890000")
	if err != nil {
		t.Fatal(err)
	}
	return sheetOf(&query.Result{
		Columns: []query.Column{{Name: "k", Title: text.Text{ZH: "渠道", EN: "Channel"}}, {Name: "v", Title: text.Same("Value"), Unit: "CNY"}},
		Rows: [][]any{{"=1+1", int64(9007199254740993)}, {"+cmd|' /C calc'!A0", 0.1}, {"-5", int64(-5)}, {"@SUM(A1)", nil},
			{"plain, \"quoted\"", d}, {nil, true}},
		Totals: [][]any{{nil, 3.5}},
	}, text.ZH)
}

// TestCSVExport: Excel reads the file as it is meant, runs nothing in it, and
// no digit is lost.
func TestCSVExport(t *testing.T) {
	t.Parallel()
	got, err := exported(t).csv()
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeff渠道,Value (CNY)\n'=1+1,9007199254740993\n'+cmd|' /C calc'!A0,0.1\n-5,-5\n'@SUM(A1),\n" +
		"\"plain, \"\"quoted\"\"\",12345678901234567.890000\n,true\n总计,3.5\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestXLSXExport(t *testing.T) {
	t.Parallel()
	data, err := exported(t).xlsx()
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for at, want := range map[string]string{"A1": "渠道", "A2": "=1+1", "B2": "9007199254740993", "B3": "0.1", "B4": "-5", "B5": "",
		"B6": "12345678901234567.890000", "A8": "总计", "B8": "3.5"} {
		if got, err := f.GetCellValue("Sheet1", at); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", at, got, err, want)
		}
		if formula, err := f.GetCellFormula("Sheet1", at); err != nil || formula != "" {
			t.Errorf("%s runs the formula %q", at, formula)
		}
	}
}

// TestCookieIsSecure everywhere but on this very machine without TLS.
func TestCookieIsSecure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host   string
		tls    bool
		secure bool
	}{
		{"localhost:8080", false, false}, {"127.0.0.1:8080", false, false}, {"[::1]:80", false, false},
		{"localhost", true, true}, {"192.168.1.4:8080", false, true}, {"lodestar.example.com", false, true},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(""))
		r.Host = c.host
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		got := cookie(context.WithValue(t.Context(), requestKey, r), "x", time.Now())
		if got.Secure != c.secure || !got.HttpOnly || got.Path != "/" {
			t.Errorf("%s tls=%v: %+v", c.host, c.tls, got)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change    float64
		direction string
		want      string
	}{{1, "up", "good"}, {-1, "up", "bad"}, {1, "down", "bad"}, {-1, "down", "good"}, {0, "up", "flat"}, {5, "", "none"}} {
		if got := judge(c.change, c.direction); got != c.want {
			t.Errorf("%v %q: %s, want %s", c.change, c.direction, got, c.want)
		}
	}
}
