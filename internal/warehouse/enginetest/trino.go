package enginetest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// trinoServer is the newest version to be had that runs on Java 17.
const trinoServer = "trino-server-368"

// Trino starts a coordinator and two workers with the catalogs tpch and memory
// and gives the coordinator's address. It takes a minute and 3 GB of memory.
func Trino(t *testing.T) (dsn, version string) {
	t.Helper()
	home := filepath.Join(Tools(t), trinoServer)
	if _, err := os.Stat(filepath.Join(home, "lib")); err != nil {
		t.Fatalf("this test needs %s; tools/install-trino installs it in %s", trinoServer, Tools(t))
	}
	java, err := exec.LookPath("java")
	if err != nil {
		t.Fatal("this test needs Java 17; on Debian: apt-get install openjdk-17-jre-headless")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"catalog/tpch.properties":   "connector.name=tpch\ntpch.splits-per-node=2\n",
		"catalog/memory.properties": "connector.name=memory\nmemory.max-data-per-node=256MB\n",
		"log.properties":            "io.trino=WARN\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ports := [3]int{freePort(t), freePort(t), freePort(t)}
	coordinator := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	for i, port := range ports {
		startTrino(t, java, home, dir, coordinator, i, port)
	}
	waitForNodes(t, coordinator, dir)
	_, version, _ = strings.Cut(trinoServer, "server-")
	return strings.Replace(coordinator, "http://", "http://lodestar@", 1) + "?catalog=memory&schema=default", version
}

func startTrino(t *testing.T, java, home, dir, coordinator string, i, port int) {
	t.Helper()
	node := filepath.Join(dir, fmt.Sprintf("node%d", i))
	if err := os.MkdirAll(node, 0o700); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("coordinator=%v\nnode-scheduler.include-coordinator=false\nhttp-server.http.port=%d\nnode.internal-address=127.0.0.1\n"+
		"discovery.uri=%s\nquery.max-memory=1GB\nquery.max-memory-per-node=300MB\nquery.max-total-memory-per-node=400MB\nplugin.dir=%s\ncatalog.config-dir=%s\n",
		i == 0, port, coordinator, filepath.Join(home, "plugin"), filepath.Join(dir, "catalog"))
	file := filepath.Join(node, "config.properties")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, fmt.Sprintf("node%d.log", i)))
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(nil, node, java, "-Xmx1200M", "-XX:+UseG1GC", "-Djdk.attach.allowAttachSelf=true", "-Duser.timezone=UTC",
		"-Dnode.environment=test", fmt.Sprintf("-Dnode.id=node%d", i), "-Dnode.data-dir="+node, "-Dconfig="+file,
		"-Dlog.levels-file="+filepath.Join(dir, "log.properties"), "-cp", filepath.Join(home, "lib", "*"), "io.trino.server.TrinoServer")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd); _ = log.Close() })
}

// waitForNodes waits until the coordinator answers and sees both workers.
func waitForNodes(t *testing.T, coordinator, dir string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 4*time.Minute; time.Sleep(time.Second) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, coordinator+"/v1/info", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		var info struct {
			Starting bool `json:"starting"`
		}
		err = json.NewDecoder(resp.Body).Decode(&info)
		_ = resp.Body.Close()
		if err == nil && !info.Starting && trinoWorkers(t, coordinator) >= 2 {
			return
		}
	}
	t.Fatalf("Trino does not start\n%s", tail(filepath.Join(dir, "node0.log")))
}

// trinoWorkers asks the cluster how many workers it has, through its own
// protocol.
func trinoWorkers(t *testing.T, coordinator string) int {
	next, body := coordinator+"/v1/statement", "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator"
	method, workers := http.MethodPost, 0
	for next != "" {
		req, err := http.NewRequestWithContext(t.Context(), method, next, strings.NewReader(body))
		if err != nil {
			return 0
		}
		req.Header.Set("X-Trino-User", "lodestar")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0
		}
		var page struct {
			NextURI string    `json:"nextUri"`
			Data    [][]int64 `json:"data"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil {
			return 0
		}
		if len(page.Data) > 0 {
			workers = int(page.Data[0][0])
		}
		next, method, body = page.NextURI, http.MethodGet, ""
	}
	return workers
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
