package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"lodestar/internal/event"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// hookParameters are those of an address that other programs post to. The write
// key may be one of them: many programs have no place for anything but an
// address.
var hookParameters = []string{"id", "key", "records", "time", "user"}

// takeHook takes what another program posts when something happens there.
func (a *API) takeHook(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	challenge, err := a.hook(w, r)
	taken := `{"success":true}`
	if challenge != "" && err == nil {
		var b []byte
		b, err = json.Marshal(map[string]string{"challenge": challenge})
		taken = string(b)
	}
	a.answerSender(w, r, taken, err)
}

func (a *API) hook(w http.ResponseWriter, r *http.Request) (challenge string, err error) {
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains(hookParameters, name) {
			return "", fault.New(fault.Invalid, "unknown_parameter", text.Text{
				EN: "the address has the parameter {name}; there are {all}", ZH: "地址中的参数 {name} 无效；可用：{all}"},
				"name", name, "all", strings.Join(hookParameters, ", "))
		}
	}
	leave, err := a.cfg.Events.Enter(r.Context())
	if err != nil {
		return "", err
	}
	defer leave()
	body, err := sentBody(w, r)
	if err != nil {
		return "", err
	}
	key, _, ok := r.BasicAuth()
	if !ok {
		key = q.Get("key")
	}
	h := event.Hook{Event: r.PathValue("event"), Records: q.Get("records"), ID: q.Get("id"), Time: q.Get("time"), User: q.Get("user")}
	return a.cfg.Events.TakeHook(context.WithoutCancel(r.Context()), h, key, body)
}
