package semantic_test

import (
	"slices"
	"strings"
	"testing"

	"lodestar/internal/catalog"
	"lodestar/internal/semantic"
)

// problemsOf decodes and compiles definitions and lists what is wrong.
func problemsOf(t *testing.T, src string) (paths []string, words string) {
	t.Helper()
	rs, findings := catalog.Decode("a.yaml", []byte(src), semantic.Kinds())
	for _, r := range rs {
		for _, f := range r.Spec.Validate(r.Metadata) {
			f.Path = "spec." + f.Path
			findings = append(findings, f)
		}
	}
	_, more := semantic.Compile(rs)
	for _, f := range append(findings, more...) {
		paths = append(paths, f.Path+" "+f.Rule)
		words += f.Text.EN + f.Text.ZH + f.Suggestion
	}
	return paths, words
}

func TestConnectionFindings(t *testing.T) {
	t.Parallel()
	spec := func(more string) string {
		return "{kind: Connection, metadata: {name: a}, spec: {type: postgres, host: db.example, user: reader" + more + "}}"
	}
	for src, want := range map[string]string{
		spec(""): "",
		spec(", password: {env: LODESTAR_SECRET_A}, tls: off, timeout: 30 seconds, ttl: 5 minutes"): "",
		spec(", password: {file: shop.pem}, ca: {file: ca.pem}"):                                    "",
		spec(", password: hunter2"):                                                       "spec.password secret_written",
		spec(", password: 12345"):                                                         "spec.password wrong_type",
		spec(", password: {env: HOME}"):                                                   "spec.password.env bad_value",
		spec(", password: {env: LODESTAR_SECRET_}"):                                       "spec.password.env bad_value",
		spec(", password: {file: ../metadata.db}"):                                        "spec.password.file bad_value",
		spec(", password: {file: .hidden}"):                                               "spec.password.file bad_value",
		spec(", password: {file: a/b}"):                                                   "spec.password.file bad_value",
		spec(", password: {}"):                                                            "spec.password required",
		spec(", password: {env: LODESTAR_SECRET_A, file: a}"):                             "spec.password required",
		spec(", port: 70000"):                                                             "spec.port bad_value",
		spec(", tls: maybe"):                                                              "spec.tls bad_value",
		spec(", ttl: 2 days"):                                                             "spec.ttl bad_span",
		spec(", timeout: soon"):                                                           "spec.timeout bad_span",
		spec(", passwrod: hunter2"):                                                       "spec.passwrod unknown_key",
		strings.Replace(spec(""), "db.example", `"reader:hunter2@db"`, 1):                 "spec.host bad_value",
		strings.Replace(spec(""), "db.example", `"db/x?password=a"`, 1):                   "spec.host bad_value",
		strings.Replace(spec(""), "postgres", "oracle", 1):                                "spec.type bad_value",
		strings.Replace(spec(""), "host: db.example, user: reader", "", 1):                "spec.host required spec.user required",
		strings.Replace(spec(""), "postgres, host: db.example", "trino, host: /run/x", 1): "spec.host bad_value",
	} {
		paths, words := problemsOf(t, src)
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s\n%s, want %q", src, got, want)
		}
		if strings.Contains(words, "hunter2") || strings.Contains(words, "12345") {
			t.Errorf("%s: a finding tells the secret: %s", src, words)
		}
	}
}

func TestDirectDatasetFindings(t *testing.T) {
	t.Parallel()
	const connection = "{kind: Connection, metadata: {name: shop}, spec: {type: mysql, host: db, user: reader}}\n---\n"
	spec := func(source string) string {
		return connection + "{kind: Dataset, metadata: {name: d}, spec: {columns: [{name: x, type: integer}], source: " + source + "}}"
	}
	for src, want := range map[string]string{
		spec("{connection: shop, table: shop.orders}"):                 "",
		spec("{connection: shop, table: orders}"):                      "",
		spec("{connection: shpo, table: shop.orders}"):                 "spec.source.connection unknown_reference",
		spec("{connection: shop}"):                                     "spec.source.table required",
		spec("{table: shop.orders}"):                                   "spec.source.connection required",
		spec("{connection: shop, table: shop.orders, files: [a.csv]}"): "spec.source.connection two_sources",
		spec("{connection: shop, table: a.b.c.d}"):                     "spec.source.table bad_value",
		spec("{connection: shop, table: a..b}"):                        "spec.source.table bad_value",
		spec("{connection: shop, table: shop.orders}") + "\n---\n{kind: Metric, metadata: {name: n}, spec: {type: simple, dataset: d, agg: count}}" +
			"\n---\n{kind: Rollup, metadata: {name: r}, spec: {dataset: d, grain: none}}": "spec.dataset rollup_direct",
	} {
		paths, _ := problemsOf(t, src)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s\n%s, want %q", src, got, want)
		}
	}
}

// TestConnectionKinds has keys that do not go with a type, or are missing.
func TestConnectionKinds(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"type: folder, path: /data/in":                               "",
		"type: folder, path: /data/in, settled: 1 minute, done: .ok": "",
		"type: folder": "spec.path required",
		"type: folder, path: /data, host: db, bucket: b":                       "spec.bucket not_here spec.host not_here",
		"type: sftp, host: files.example, user: u, hostKey: ssh-ed25519 AAAA":  "",
		"type: sftp, host: files.example, user: u, hostKey: x, key: hunter2":   "spec.key secret_written",
		"type: sftp, host: files.example":                                      "spec.hostKey required spec.user required",
		"type: s3, host: s3.example, bucket: b, user: k, password: {vault: s}": "",
		"type: s3, host: s3.example, bucket: b, ttl: 5 minutes, hosts: [a]":    "spec.hosts not_here spec.ttl not_here",
		"type: rest, url: 'https://api.example/v1', auth: {type: bearer, token: {vault: t}}, streams: [{name: a, path: a, page: {type: page, param: p}}]": "",
		"type: rest, url: 'https://api.example/v1'": "spec.streams required",
		"type: rest, url: 'ftp://x', streams: [{name: a, path: 'https://y'}, {name: a, path: b, page: {type: cursor}, since: {}}]":                       "spec.streams[0].path bad_value spec.streams[1].name bad_value spec.streams[1].page.next required spec.streams[1].page.param required spec.streams[1].since.param required spec.url bad_value",
		"type: rest, url: 'https://x', auth: {type: oauth2, token: hunter2}, streams: [{name: a, path: a}]":                                              "spec.auth.token secret_written spec.auth.tokenURL required spec.user required",
		"type: rest, url: 'https://x', headers: {X-App: shop}, secretHeaders: {X-Key: {vault: k}}, streams: [{name: a, path: a}]":                        "",
		"type: rest, url: 'https://x', headers: {X-App: a, 'a b': c}, secretHeaders: {x-app: {vault: k}, X-Key: hunter2}, streams: [{name: a, path: a}]": "spec.headers bad_value spec.secretHeaders bad_value spec.secretHeaders.X-Key secret_written",
		"type: sheet, url: 'https://x', secretHeaders: {X-Key: {vault: k}}":                                                                              "spec.secretHeaders not_here",
		"type: kafka, hosts: ['a:9092', 'b:9092'], user: u, password: {vault: p}, mechanism: scram-sha-256, tls: off":                                    "",
		"type: kafka, host: a, mechanism: gssapi":                                            "spec.host not_here spec.hosts required spec.mechanism bad_value",
		"type: sqlserver, host: db.example, user: reader, database: shop":                    "",
		"type: mqtt, host: broker.example, port: 8883":                                       "",
		"type: sheet, url: 'https://docs.google.com/spreadsheets/d/x/edit'":                  "",
		"type: postgres, host: db, user: u, path: /data, settled: 3 days":                    "spec.path not_here spec.settled bad_span spec.settled not_here",
		"type: postgres, host: db, user: u, url: 'https://u:hunter2@x', auth: {type: basic}": "spec.auth not_here spec.url bad_value spec.url not_here",
	} {
		paths, words := problemsOf(t, "{kind: Connection, metadata: {name: a}, spec: {"+src+"}}")
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s\n%s, want %q", src, got, want)
		}
		if strings.Contains(words, "hunter2") {
			t.Errorf("%s: a finding tells the secret: %s", src, words)
		}
	}
}

// TestCopiedDatasets are on connections that rows can only be copied from.
func TestCopiedDatasets(t *testing.T) {
	t.Parallel()
	spec := func(source string) string {
		return "{kind: Connection, metadata: {name: in}, spec: {type: folder, path: /data/in}}\n---\n" +
			"{kind: Dataset, metadata: {name: d}, spec: {columns: [{name: x, type: integer}], primaryKey: [x], source: " + source + "}}"
	}
	for src, want := range map[string]string{
		spec("{connection: in, table: 'orders/*.csv', sync: {mode: changes}}"):                           "",
		spec("{connection: in, table: '**/a.b.c.csv.gz', format: {delimiter: ';'}, sync: {mode: full}}"): "",
		spec("{connection: in, table: 'orders/*.csv'}"):                                                  "spec.source.sync required",
		spec("{connection: in, table: 'orders/*.csv', files: [a.csv], sync: {mode: full}}"):              "spec.source.connection two_sources",
		spec("{connection: in, table: a.b.c.d, sync: {mode: full}}"):                                     "spec.source.table bad_value",
	} {
		paths, _ := problemsOf(t, src)
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s\n%s, want %q", src, got, want)
		}
	}
}
