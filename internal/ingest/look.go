package ingest

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strings"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/text"
)

// keepValues is how many values of a column are kept to try types on, keepBytes
// how much of each: what is longer is text.
const (
	keepValues = 5000
	keepBytes  = 1 << 10
	showBytes  = 100 // of what is shown of a value
	// Of all columns of a file together about so much is kept, in bytes, but of each
	// the first values in any case.
	keepTotal = 128 << 20
	keepFirst = 100
	keepEach  = 40 // bytes that a value takes beside its text
)

// look collects the values of one column of a sample.
type look struct {
	header   string
	nulls    []string
	declared expr.Type // Parquet says its types
	digits   [2]int    // precision and scale, when declared
	seed     maphash.Seed
	hashes   map[uint64]struct{}
	kept     []keptValue
	room     *int // bytes, for all columns; nil for no limit
	values   int
	missed   int
	quoted   int
	dates    bool // a spreadsheet shows them as dates
}

type keptValue struct {
	line int64
	text string
}

func newLook(header string, nulls []string, declared expr.Type, precision, scale int) *look {
	return &look{header: header, nulls: nulls, declared: declared, digits: [2]int{precision, scale},
		seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

func (l *look) missing(c cell) bool {
	text := bytes.TrimSpace(c.text)
	return c.null || len(text) == 0 || slices.Contains(l.nulls, string(text))
}

func (l *look) add(line int64, c cell) {
	if l.missing(c) {
		l.missed++
		return
	}
	l.values++
	if c.quoted {
		l.quoted++
	}
	l.hashes[maphash.Bytes(l.seed, c.text)] = struct{}{}
	if len(l.kept) < keepFirst || len(l.kept) < keepValues && (l.room == nil || *l.room > 0) {
		if l.room != nil {
			*l.room -= min(len(c.text), keepBytes) + keepEach
		}
		l.kept = append(l.kept, keptValue{line, string(text.Clip(c.text, keepBytes))})
	}
}

func (l *look) unique() bool { return len(l.hashes) == l.values }

// misfits counts kept values that a column does not take.
func (l *look) misfits(c *column) (bad int, cells []BadCell) {
	for _, v := range l.kept {
		if c.missing(cell{text: []byte(v.text)}) {
			continue
		}
		if _, why := c.convert(nil, []byte(v.text)); why != "" {
			bad++
			if len(cells) < 20 {
				cells = append(cells, BadCell{v.line, text.Clip(v.text, showBytes)})
			}
		}
	}
	return bad, cells
}

// The patterns that detection tries, by type, in order of preference.
type candidate struct {
	typ    expr.Type
	format string
}

func candidates() []candidate {
	return []candidate{{expr.Boolean, ""}, {expr.Date, "%Y%m%d"}, {expr.Timestamp, "%Y%m%d%H%M%S"}, {expr.Integer, ""}, {expr.Decimal, ""}, {expr.Float, ""}, {expr.Date, ""},
		{expr.Timestamp, ""}, {expr.Date, "%Y年%m月%d日"}, {expr.Date, "%Y.%m.%d"},
		{expr.Date, "%d.%m.%Y"}, {expr.Date, "%m/%d/%Y"}, {expr.Date, "%d/%m/%Y"},
		{expr.Timestamp, "%Y年%m月%d日 %H:%M:%S"}, {expr.Timestamp, "%Y年%m月%d日 %H:%M"},
		{expr.Timestamp, "%m/%d/%Y %H:%M:%S"}, {expr.Timestamp, "%m/%d/%Y %H:%M"}, {expr.Decimal, commaNumbers}, {expr.Decimal, pointNumbers}}
}

// conclude picks the type that all values fit, or nearly all: a type with a
// few bad cells beats text, because the bad cells are mistakes to be shown.
func (l *look) conclude(spreadsheet bool) DetectedColumn {
	out := DetectedColumn{Header: l.header, Type: expr.String, Values: l.values, Missing: l.missed, Distinct: len(l.hashes)}
	for _, v := range l.kept[:min(len(l.kept), 5)] {
		out.Samples = append(out.Samples, text.Clip(v.text, showBytes))
	}
	if l.declared != "" {
		out.Type = l.declared
		if l.declared == expr.Decimal {
			out.Precision, out.Scale = max(l.digits[0], 18), l.digits[1]
		}
		return out
	}
	if len(l.kept) == 0 || l.leadingZeros() || l.identifier() {
		return out
	}
	out.Nulls = l.nullWords()
	best, bestCount := candidate{expr.String, ""}, 0
	for _, c := range candidates() {
		if !l.allowed(c) {
			continue
		}
		n := l.fit(c, out.Nulls)
		if n == 0 {
			continue
		}
		out.Fits = append(out.Fits, TypeCount{c.typ, c.format, n})
		if n > bestCount {
			best, bestCount = c, n
		}
	}
	if spreadsheet && l.datesBySerial() {
		best, bestCount = candidate{expr.Date, excelSerial}, len(l.kept)
		if l.fit(best, nil) < len(l.kept) {
			best.typ = expr.Timestamp
			bestCount = l.fit(best, nil)
		}
	}
	tried := l.tried(out.Nulls)
	if bestCount == 0 || float64(bestCount) < 0.9*float64(tried) || l.systematic(best, out.Nulls, tried-bestCount) {
		out.Nulls = nil
		return out
	}
	out.Type, out.Format = best.typ, best.format
	l.settle(&out, best, bestCount)
	return out
}

// systematic reports whether the values that do not fit come again and again:
// then they are members such as "5+", not slips.
func (l *look) systematic(c candidate, nulls []string, bad int) bool {
	if bad < 3 {
		return false
	}
	col := l.column(c, nulls)
	distinct := map[string]struct{}{}
	for _, v := range l.kept {
		if !col.missing(cell{text: []byte(v.text)}) {
			if _, why := col.convert(nil, []byte(v.text)); why != "" {
				distinct[v.text] = struct{}{}
			}
		}
	}
	return 3*len(distinct) <= bad
}

// settle fills in digits, bad cells and what a pattern rescues.
func (l *look) settle(out *DetectedColumn, best candidate, count int) {
	if best.typ == expr.Decimal {
		out.Precision, out.Scale = 18, max(2, l.decimals(best.format))
		if out.Scale > 9 {
			out.Type, out.Precision, out.Scale = expr.Float, 0, 0
		}
	}
	c := l.column(candidate{out.Type, out.Format}, out.Nulls)
	c.precision, c.scale = max(out.Precision, 18), max(out.Scale, 6)
	if out.Type == expr.Decimal {
		c.scale = out.Scale
	}
	out.Bad, out.BadCells = l.misfits(c)
	if best.format != "" {
		out.Rescued = count - l.fit(candidate{best.typ, ""}, out.Nulls)
	}
}

func (l *look) column(c candidate, nulls []string) *column {
	col := newColumn(semantic.Column{Type: c.typ, Format: c.format, Nulls: nulls, Precision: 38, Scale: 12}, 0, l.nulls, nil)
	return col
}

func (l *look) fit(c candidate, nulls []string) int {
	bad, _ := l.misfits(l.column(c, nulls))
	return l.tried(nulls) - bad
}

// tried counts kept values that are not words for no value.
func (l *look) tried(nulls []string) int {
	n := 0
	for _, v := range l.kept {
		if !slices.Contains(nulls, strings.TrimSpace(v.text)) {
			n++
		}
	}
	return n
}

// allowed keeps types from being read into values that only look like them.
func (l *look) allowed(c candidate) bool {
	name := strings.ToLower(l.header)
	switch {
	case c.typ == expr.Boolean:
		return !l.allDigits() || strings.HasPrefix(name, "is_") || strings.HasPrefix(name, "has_") || strings.HasPrefix(l.header, "是否")
	case c.typ == expr.Date && c.format == "%Y%m%d":
		return l.allDigits() && (strings.Contains(name, "date") || strings.Contains(name, "day") || strings.Contains(name, "日"))
	case c.typ == expr.Timestamp && c.format == "%Y%m%d%H%M%S":
		return l.allDigits() && (strings.Contains(name, "time") || strings.Contains(name, "时间"))
	case c.typ == expr.Float:
		// Floats only for exponents; other numbers are exact.
		return slices.ContainsFunc(l.kept, func(v keptValue) bool { return strings.ContainsAny(v.text, "eE") })
	case c.typ == expr.Timestamp && c.format == "":
		return slices.ContainsFunc(l.kept, func(v keptValue) bool { return strings.Contains(v.text, ":") })
	}
	return true
}

func (l *look) allDigits() bool {
	return !slices.ContainsFunc(l.kept, func(v keptValue) bool { return !allDigits([]byte(strings.TrimSpace(v.text))) })
}

// leadingZeros reports whether digits here are a code, as in 00123.
func (l *look) leadingZeros() bool {
	return slices.ContainsFunc(l.kept, func(v keptValue) bool {
		s := strings.TrimSpace(v.text)
		return len(s) > 1 && s[0] == '0' && allDigits([]byte(s))
	})
}

// identifier reports whether the header says that digits here are names, not
// quantities. Text keeps them the same in every file and out of sums.
func (l *look) identifier() bool {
	name := semantic.NameOf(l.header)
	for _, end := range []string{"_id", "_code", "_no", "_key", "_upc", "_sku", "_ean", "_phone", "_mobile", "_tel", "_zip"} {
		if strings.HasSuffix("_"+name, end) {
			return true
		}
	}
	for _, end := range []string{"编号", "单号", "编码", "代码", "卡号", "账号", "证号", "手机", "手机号", "手机号码", "电话", "邮编"} {
		if strings.HasSuffix(l.header, end) {
			return true
		}
	}
	return l.longDigits()
}

// exactDigits is how many digits of a number every program keeps.
const exactDigits = 15

// longDigits reports whether there are whole numbers here with more digits than
// a quantity has: numbers of cards, of persons, of parcels.
func (l *look) longDigits() bool {
	long := 0
	for _, v := range l.kept {
		if s := strings.TrimSpace(v.text); len(s) > exactDigits && allDigits([]byte(s)) {
			long++
		}
	}
	return 10*long > 9*len(l.kept)
}

// dayFirstToo reports whether dates with slashes were taken to begin with the
// month, although all of them can begin with the day, too.
func (c DetectedColumn) dayFirstToo() bool {
	if c.Format != "%m/%d/%Y" {
		return false
	}
	var month, day int
	for _, f := range c.Fits {
		switch f.Format {
		case "%m/%d/%Y":
			month = f.Count
		case "%d/%m/%Y":
			day = f.Count
		}
	}
	return day == month
}

func noteDayOrMonth(column string) Note {
	return Note{"day_or_month", text.Text{
		EN: "the dates in {column} can begin with the month or with the day; they are read with the month first. Where the day is first, give the column format: %d/%m/%Y",
		ZH: "{column} 中的日期既可能是“月/日”也可能是“日/月”，现按“月/日”读取；如果日在前，请给该列设置 format: %d/%m/%Y"}.With("column", column)}
}

func noteSheets(sheet string, sheets []string) Note {
	return Note{"other_sheets", text.Text{
		EN: "the workbook has {n} sheets ({sheets}); only {sheet} is read",
		ZH: "工作簿有 {n} 个工作表（{sheets}），只读取 {sheet}"}.With("n", len(sheets), "sheets", text.Clip(strings.Join(sheets, ", "), 300), "sheet", sheet)}
}

func noteBlank(n, of int) Note {
	return Note{"blank_records", text.Text{
		EN: "{n} of the first {of} records have no value at all; without a primary key they are loaded as empty rows",
		ZH: "前 {of} 条记录中有 {n} 条没有任何值；没有主键时它们会作为空行导入"}.With("n", n, "of", of)}
}

func noteExtra(columns []string) Note {
	return Note{"columns_new", text.Text{
		EN: "the file has columns that the dataset has not, which are not read: {columns}",
		ZH: "文件中有数据集没有的列，未读取：{columns}"}.With("columns", text.Clip(strings.Join(columns, ", "), 300))}
}

func noteEmpty(files []string) Note {
	return Note{"files_empty", text.Text{
		EN: "files are empty, and nothing was read of them: {files}",
		ZH: "以下文件是空的，没有读取到内容：{files}"}.With("files", text.Clip(strings.Join(files, ", "), 300))}
}

func noteFooter(n int, rows []string) Note {
	return Note{"footer_left_out", text.Text{
		EN: "the last {n} rows are left out, as they are no data: {rows}",
		ZH: "末尾 {n} 行不是数据，未导入：{rows}"}.With("n", n, "rows", text.Clip(strings.Join(rows, " / "), 300))}
}

func (l *look) nullWords() (out []string) {
	for _, v := range l.kept {
		s := strings.TrimSpace(v.text)
		switch s {
		case "NA", "N/A", "n/a", "NULL", "null", "-", "--", `\N`, "#N/A", "None", "nan", "NaN", "无":
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// decimals is the most digits after the point.
func (l *look) decimals(format string) (most int) {
	for _, v := range l.kept {
		d, ok := parseDigits([]byte(strings.TrimSpace(v.text)), '.', nil)
		if format != "" {
			d, ok = loose([]byte(v.text), format, nil)
		}
		if ok {
			most = max(most, -d.exp)
		}
	}
	return most
}

// datesBySerial takes whole numbers under a header that says so for dates.
func (l *look) datesBySerial() bool {
	name := strings.ToLower(l.header)
	if !l.dates && !strings.Contains(name, "date") && !strings.Contains(name, "day") && !strings.Contains(name, "日") &&
		!strings.Contains(name, "时间") && !strings.Contains(name, "time") {
		return false
	}
	return !slices.ContainsFunc(l.kept, func(v keptValue) bool {
		_, ok := parseSerial([]byte(v.text))
		return !ok
	})
}

func noteRagged(n, of int) Note {
	return Note{"ragged", text.Text{
		EN: "{n} of the first {of} records are not cut as the others; they will be set aside",
		ZH: "前 {of} 条记录中有 {n} 条的结构与其他记录不一致，导入时会作为不合格记录保留"}.With("n", n, "of", of)}
}
