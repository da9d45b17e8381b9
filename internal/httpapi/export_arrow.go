package httpapi

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"lodestar/internal/expr"
	"lodestar/internal/fault"
	"lodestar/internal/query"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

// arrowRows is how many rows a record batch holds.
const arrowRows = 16 << 10

// arrowFile writes the Arrow IPC stream. Decimals are decimal128 with the
// engine's scale; whole numbers that may be wider than 64 bits are decimal128
// of scale 0; decimals whose scale the engine does not tell are text with all
// digits. Everything of the answer but its rows is JSON in the schema's
// metadata, under "lodestar".
type arrowFile struct {
	w       *ipc.Writer
	build   *array.RecordBuilder
	columns []query.Column
	held    int
}

func (f *arrowFile) begin(w io.Writer, s *query.Stream, _ text.Lang) error {
	head, err := json.Marshal(s.Head)
	if err != nil {
		return unwritable(err)
	}
	f.columns = s.Head.Columns
	fields := make([]arrow.Field, len(f.columns))
	for i, c := range f.columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowTypeOf(c, s.Types, i, s.Head.Timezone), Nullable: true, Metadata: arrowNotes(c)}
	}
	meta := arrow.NewMetadata([]string{"lodestar"}, []string{string(head)})
	schema := arrow.NewSchema(fields, &meta)
	f.w = ipc.NewWriter(w, ipc.WithSchema(schema))
	f.build = array.NewRecordBuilder(memory.DefaultAllocator, schema)
	return nil
}

func arrowTypeOf(c query.Column, types []warehouse.Column, i int, zone string) arrow.DataType {
	typ, engine := expr.Type(c.Type), warehouse.Column{}
	if i < len(types) {
		engine = types[i]
	}
	if c.Metric != "" && engine.Type.IsNumber() { // what is asked for may come as another sort of number
		typ = engine.Type
	}
	switch typ {
	case expr.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case expr.Date:
		return arrow.FixedWidthTypes.Date32
	case expr.Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
	case expr.Float:
		return arrow.PrimitiveTypes.Float64
	case expr.Integer:
		if engine.Precision > 0 {
			return &arrow.Decimal128Type{Precision: 38}
		}
		return arrow.PrimitiveTypes.Int64
	case expr.Decimal:
		if engine.Precision > 0 {
			return &arrow.Decimal128Type{Precision: 38, Scale: int32(engine.Scale)}
		}
	}
	return arrow.BinaryTypes.String
}

func arrowNotes(c query.Column) arrow.Metadata {
	notes := map[string]string{"type": c.Type}
	for k, v := range map[string]string{"title.en": c.Title.EN, "title.zh": c.Title.ZH, "metric": c.Metric, "unit": c.Unit, "part": c.Part} {
		if v != "" {
			notes[k] = v
		}
	}
	if c.Version > 0 {
		notes["version"] = strconv.Itoa(c.Version)
	}
	return arrow.MetadataFrom(notes)
}

func (f *arrowFile) write(rows [][]any) error {
	for _, row := range rows {
		for i, v := range row {
			if err := arrowAppend(f.build.Field(i), v); err != nil {
				return fmt.Errorf("column %s: %w", f.columns[i].Name, err)
			}
		}
	}
	if f.held += len(rows); f.held >= arrowRows {
		return f.flush()
	}
	return nil
}

func (f *arrowFile) flush() error {
	f.held = 0
	batch := f.build.NewRecordBatch()
	defer batch.Release()
	return f.w.Write(batch)
}

func (f *arrowFile) end() error {
	defer f.build.Release()
	if f.held > 0 {
		if err := f.flush(); err != nil {
			return err
		}
	}
	return f.w.Close()
}

// arrowAppend adds one value, exactly or not at all.
func arrowAppend(to array.Builder, v any) error {
	if v == nil {
		to.AppendNull()
		return nil
	}
	switch b := to.(type) {
	case *array.StringBuilder:
		if s, ok := v.(string); ok {
			b.Append(s)
		} else {
			b.Append(exact(v))
		}
		return nil
	case *array.BooleanBuilder:
		if x, ok := warehouse.As(v, expr.Boolean).(bool); ok {
			b.Append(x)
			return nil
		}
	case *array.Int64Builder:
		if x, ok := v.(int64); ok {
			b.Append(x)
			return nil
		}
	case *array.Float64Builder:
		if x, ok := query.Float(v); ok {
			b.Append(x)
			return nil
		}
	case *array.Decimal128Builder:
		if x, ok := arrowDecimal(v, int(b.Type().(*arrow.Decimal128Type).Scale)); ok {
			b.Append(x)
			return nil
		}
	case *array.Date32Builder:
		if x, err := time.Parse(time.DateOnly, fmt.Sprint(v)); err == nil {
			b.Append(arrow.Date32FromTime(x))
			return nil
		}
	case *array.TimestampBuilder:
		if x, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v)); err == nil {
			b.Append(arrow.Timestamp(x.UnixMicro()))
			return nil
		}
	}
	return fault.New(fault.Invalid, "out_of_range", text.Text{
		EN: "the answer holds a number or a time too large to be written; ask for a smaller range",
		ZH: "结果中有超出可表示范围的数值或时间，请缩小范围"}).Wrap(fmt.Errorf("%T %v is no %s", v, v, to.Type()))
}

func arrowDecimal(v any, scale int) (decimal128.Num, bool) {
	var n *big.Int
	have := 0
	switch v := v.(type) {
	case int64:
		n = big.NewInt(v)
	case warehouse.Decimal:
		n, have = v.Unscaled(), v.Scale()
	default:
		return decimal128.Num{}, false
	}
	if have > scale {
		return decimal128.Num{}, false
	}
	n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale-have)), nil))
	if n.BitLen() > 127 {
		return decimal128.Num{}, false
	}
	x := decimal128.FromBigInt(n)
	return x, x.FitsInPrecision(38)
}
