package sources

import (
	"context"
	"crypto/tls"
	"maps"

	"lodestar/internal/source"
	"lodestar/internal/source/reach"
	"lodestar/internal/source/web"
)

func (s Settings) web(w *source.Watch) (web.Config, error) {
	transport := reach.Guard{Private: s.Private}.Transport()
	transport.DialContext = w.Dial(transport.DialContext)
	if s.CA != "" {
		pool, err := certificates(s.CA)
		if err != nil {
			return web.Config{}, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	headers := maps.Clone(s.Spec.Headers)
	if headers == nil {
		headers = map[string]string{}
	}
	maps.Copy(headers, s.Headers)
	out := web.Config{URL: s.Spec.URL, Headers: headers, Transport: transport, Now: s.Now}
	if a := s.Spec.Auth; a != nil {
		out.Auth = web.Auth{Type: a.Type, User: s.Spec.User, Password: s.Password, Token: s.Token, Header: a.Header, TokenURL: a.TokenURL, Scopes: a.Scopes}
	}
	return out, nil
}

func openSheet(_ context.Context, s Settings, _ *tls.Config, w *source.Watch) (source.Source, error) {
	c, err := s.web(w)
	if err != nil {
		return nil, err
	}
	return web.Sheet(c), nil
}

func openREST(_ context.Context, s Settings, _ *tls.Config, w *source.Watch) (source.Source, error) {
	c, err := s.web(w)
	if err != nil {
		return nil, err
	}
	var streams []web.Stream
	for _, r := range s.Spec.Streams {
		stream := web.Stream{Name: r.Name, Path: r.Path, Method: r.Method, Query: r.Query, Body: r.Body, Records: r.Records, Key: r.Key}
		if p := r.Page; p != nil {
			stream.Page = &web.Page{Type: p.Type, Param: p.Param, Next: p.Next, Size: p.Size, SizeParam: p.SizeParam, First: 1}
			if p.First != nil {
				stream.Page.First = *p.First
			}
		}
		if r.Since != nil {
			stream.Since = &web.Since{Param: r.Since.Param, Format: r.Since.Format}
		}
		streams = append(streams, stream)
	}
	return web.REST(c, streams), nil
}
