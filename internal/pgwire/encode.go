package pgwire

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"lodestar/internal/pgwire/pgcat"
	"lodestar/internal/pgwire/pgsql"
	"lodestar/internal/text"
	"lodestar/internal/warehouse"
)

const (
	textFormat   = 0
	binaryFormat = 1
)

// epoch is where PostgreSQL counts times from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// encoder writes values of one result. It is not for concurrent use.
type encoder struct {
	zone *time.Location
	m    *pgtype.Map
}

// value writes a value; nil is NULL.
func (e *encoder) value(v any, t pgcat.OID, format int16) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	if format == textFormat {
		s := pgcat.Format(v, t, e.zone)
		if f, ok := v.(float64); ok && t == pgcat.Numeric {
			s = pgcat.Format(plainDecimal(f), t, e.zone)
		}
		if s == "" {
			return []byte{}, nil
		}
		return []byte(s), nil
	}
	return e.binary(v, t)
}

// plainDecimal keeps the digits of a float without an exponent.
func plainDecimal(f float64) any {
	if d, err := warehouse.ParseDecimal(numericText(f)); err == nil {
		return d
	}
	return f
}

func (e *encoder) binary(v any, t pgcat.OID) ([]byte, error) {
	be := binary.BigEndian
	switch t {
	case pgcat.Bool:
		if b, ok := v.(bool); ok {
			if b {
				return []byte{1}, nil
			}
			return []byte{0}, nil
		}
	case pgcat.Int2:
		if n, ok := v.(int64); ok {
			return be.AppendUint16(nil, uint16(n)), nil
		}
	case pgcat.Int4, pgcat.OIDType, pgcat.XID:
		if n, ok := v.(int64); ok {
			return be.AppendUint32(nil, uint32(n)), nil
		}
	case pgcat.Int8:
		if n, ok := v.(int64); ok {
			return be.AppendUint64(nil, uint64(n)), nil
		}
		if d, ok := v.(warehouse.Decimal); ok && d.Scale() == 0 && d.Unscaled().IsInt64() {
			return be.AppendUint64(nil, uint64(d.Unscaled().Int64())), nil
		}
	case pgcat.Float4:
		if f, ok := asFloat(v); ok {
			return be.AppendUint32(nil, math.Float32bits(float32(f))), nil
		}
	case pgcat.Float8:
		if f, ok := asFloat(v); ok {
			return be.AppendUint64(nil, math.Float64bits(f)), nil
		}
	case pgcat.Numeric:
		return e.numeric(v)
	case pgcat.Date:
		if at, ok := v.(time.Time); ok {
			return be.AppendUint32(nil, uint32(int32(math.Floor(at.Sub(epoch).Hours()/24)))), nil
		}
	case pgcat.Timestamp, pgcat.TimestampTZ:
		if at, ok := v.(time.Time); ok {
			return be.AppendUint64(nil, uint64(at.UnixMicro()-epoch.UnixMicro())), nil
		}
	case pgcat.IntervalOID:
		if iv, ok := v.(pgcat.Interval); ok {
			b := be.AppendUint64(nil, uint64(iv.Rest.Microseconds()))
			return be.AppendUint32(be.AppendUint32(b, uint32(iv.Days)), uint32(iv.Months)), nil
		}
	case pgcat.JSONB:
		return append([]byte{1}, pgcat.Format(v, t, e.zone)...), nil
	}
	if el := t.Element(); el != 0 && t != pgcat.Name {
		if a, ok := v.(pgcat.Array); ok {
			return e.array(a, el, t)
		}
	}
	switch t {
	case pgcat.Text, pgcat.Varchar, pgcat.BPChar, pgcat.Name, pgcat.Char, pgcat.Unknown, pgcat.JSON:
		return append([]byte{}, pgcat.Format(v, t, e.zone)...), nil
	}
	return nil, pgsql.Fail("0A000", -1, text.Text{ZH: "类型 {t} 不能以二进制格式发送", EN: "the type {t} cannot be sent in binary format"}, "t", t)
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case warehouse.Decimal:
		return v.Float64(), true
	}
	return 0, false
}

func (e *encoder) numeric(v any) ([]byte, error) {
	d, ok := v.(warehouse.Decimal)
	switch x := v.(type) {
	case int64:
		d, ok = warehouse.NewDecimal(x, 0), true
	case float64:
		d, ok = plainDecimal(x).(warehouse.Decimal)
	}
	if !ok {
		return nil, pgsql.Fail("22P03", -1, text.Text{ZH: "该值不是数字", EN: "the value is not a number"})
	}
	return e.m.Encode(pgtype.NumericOID, binaryFormat, pgtype.Numeric{Int: d.Unscaled(), Exp: -int32(d.Scale()), Valid: true}, nil)
}

func (e *encoder) array(a pgcat.Array, el, t pgcat.OID) ([]byte, error) {
	be := binary.BigEndian
	nulls, dims, lower := uint32(0), uint32(1), uint32(1)
	for _, v := range a {
		if v == nil {
			nulls = 1
		}
	}
	if t == pgcat.Int2Vector || t == pgcat.OIDVector {
		lower = 0
	}
	if len(a) == 0 {
		dims = 0
	}
	b := be.AppendUint32(be.AppendUint32(be.AppendUint32(nil, dims), nulls), uint32(el))
	if dims == 0 {
		return b, nil
	}
	b = be.AppendUint32(be.AppendUint32(b, uint32(len(a))), lower)
	for _, v := range a {
		if v == nil {
			b = be.AppendUint32(b, math.MaxUint32)
			continue
		}
		one, err := e.binary(v, el)
		if err != nil {
			return nil, err
		}
		b = append(be.AppendUint32(b, uint32(len(one))), one...)
	}
	return b, nil
}
