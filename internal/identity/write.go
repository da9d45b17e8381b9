package identity

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lodestar/internal/expr"
	"lodestar/internal/semantic"
	"lodestar/internal/warehouse"
)

// write brings the maps up to date: for each kind of ids the values that stand
// in columns, as they stand there, with their unified entity. A map that would
// be the same stays, so that answers stay cached.
func (s *Service) write(ctx context.Context, e subject, g *Graph, at time.Time) error {
	names, fs := g.entityNames(e.Name), formsOf(e.Spec)
	for _, m := range e.Maps {
		values, err := s.values(ctx, e, m)
		if err != nil {
			return err
		}
		rows := make([][2]string, 0, len(values))
		for _, v := range values {
			id, ok := fs.id(ID{m.Kind, v})
			if !ok {
				continue // nobody: such a value counts as none
			}
			name := ""
			if i, known := g.index[id]; known {
				name = names[g.entities.find(i)]
			} else {
				name = Name(e.Name, id)
			}
			rows = append(rows, [2]string{v, name})
		}
		if err := s.load(ctx, m, rows, at); err != nil {
			return fmt.Errorf("%s: %w", m.Dataset.Name, err)
		}
	}
	return nil
}

// entityNames gives the name of each entity by its root.
func (g *Graph) entityNames(entity string) map[int32]string {
	out := map[int32]string{}
	best := map[int32]int32{}
	for i := range g.kind {
		root := g.entities.find(int32(i))
		if b, ok := best[root]; !ok || g.better(int32(i), b) {
			best[root] = int32(i)
		}
	}
	for root, i := range best {
		out[root] = Name(entity, g.id(i))
	}
	return out
}

// values lists what stands in the columns of a map, once each, in order.
func (s *Service) values(ctx context.Context, e subject, m semantic.EntityMap) ([]string, error) {
	var out []string
	for _, c := range m.Columns {
		house, state, ok, err := s.house(ctx, c.Dataset)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		d := house.Dialect()
		x := asText(d, e.model.Dataset(c.Dataset).Column(c.Column))
		q := expr.Concat("SELECT DISTINCT ", x, " AS v FROM ", state.Table, " WHERE "+d.Quote(c.Column)+" IS NOT NULL")
		if err := each(ctx, house, q, func(v []any) error {
			out = append(out, textOf(v[0]))
			return nil
		}); err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// load replaces a map's rows unless they are the same.
func (s *Service) load(ctx context.Context, m semantic.EntityMap, rows [][2]string, at time.Time) (err error) {
	path := filepath.Join(s.Load.Staging(), strings.ToLower(rand.Text())+".ids.csv")
	hash, err := writeCSV(path, rows)
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	if err != nil {
		return err
	}
	name := m.Dataset.Name
	last, err := s.Load.Ledger(ctx, name, 1)
	if err != nil || len(last) > 0 && last[0].Hash == hash && last[0].Mode == "replace" {
		return err
	}
	spec := m.Dataset.Spec
	load := warehouse.LoadSpec{ID: strings.ToLower(rand.Text()[:16]), Dataset: name, Mode: "replace", File: "identity", Actor: "identity", At: at.UTC(), Key: spec.PrimaryKey}
	file := warehouse.CSV{Path: path, Delimiter: ',', Quote: '"', Newline: "\n"}
	for i, c := range spec.Columns {
		load.Columns = append(load.Columns, warehouse.StoredColumn{Name: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale})
		file.Columns = append(file.Columns, warehouse.CSVColumn{To: i})
	}
	change, err := s.Load.Begin(ctx, load)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, change.Rollback()) }()
	n := int64(0)
	if len(rows) > 0 {
		if n, err = change.Read(ctx, file); err != nil {
			return err
		}
	}
	if err := change.Apply(ctx); err != nil {
		return err
	}
	_, err = change.Commit(ctx, warehouse.Outcome{Hash: hash, Records: n})
	return err
}

func writeCSV(path string, rows [][2]string) (hash string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<16)
	w := csv.NewWriter(b)
	for _, r := range rows {
		if err := w.Write(r[:]); err != nil {
			return "", err
		}
	}
	w.Flush()
	err = errors.Join(w.Error(), b.Flush())
	return hex.EncodeToString(sum.Sum(nil)), err
}
