package access

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// CreateToken makes an API token for the person who asks and gives its secret,
// which is never shown again. The role is at most the person's own. A token
// cannot make further tokens.
func (s *Service) CreateToken(ctx context.Context, who Actor, n NewToken) (Token, string, error) {
	if err := who.Must(Viewer); err != nil {
		return Token{}, "", err
	}
	if who.Via != ViaSession {
		return Token{}, "", sessionOnly()
	}
	now := s.Now().UTC()
	if n.Role == "" {
		n.Role = who.Role
	}
	if err := checkNewToken(who, n, now); err != nil {
		return Token{}, "", err
	}
	random, err := newSecret(s.Random)
	if err != nil {
		return Token{}, "", err
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(s.Random, id); err != nil {
		return Token{}, "", fmt.Errorf("read randomness: %w", err)
	}
	secret := TokenPrefix + random
	t := Token{ID: hex.EncodeToString(id), Name: n.Name, User: who.Name, Role: n.Role,
		CreatedAt: now, ExpiresAt: n.ExpiresAt, Hash: hashSecret(secret)}
	e := s.event(who, "token.create", "token", t.Name, map[string]any{"id": t.ID, "role": string(t.Role)})
	if err := s.Tokens.Create(ctx, t, e); err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

func checkNewToken(who Actor, n NewToken, now time.Time) error {
	if n := utf8.RuneCountInString(n.Name); n == 0 || n > 60 {
		t := text.Text{EN: "a token needs a name of at most 60 characters", ZH: "令牌需要名称，最长 60 个字符"}
		return fault.New(fault.Invalid, "token_name", t).At("name", "token_name", t)
	}
	if err := checkRole(n.Role); err != nil {
		return err
	}
	if !who.Role.Includes(n.Role) {
		t := text.Text{EN: "a token cannot have more rights than you have", ZH: "令牌的权限不能高于你自己的权限"}
		return fault.New(fault.Denied, "role_too_high", t).At("role", "role_too_high", t)
	}
	if n.ExpiresAt != nil && !n.ExpiresAt.After(now) {
		t := text.Text{EN: "the token would have expired already", ZH: "令牌的到期时间已经过去"}
		return fault.New(fault.Invalid, "token_expired", t).At("expiresAt", "token_expired", t)
	}
	return nil
}

// ListTokens lists one's own tokens, and everybody's to an administrator.
func (s *Service) ListTokens(ctx context.Context, who Actor) ([]Token, error) {
	if err := who.Must(Viewer); err != nil {
		return nil, err
	}
	name := who.Name
	if who.Role.Includes(Admin) {
		name = ""
	}
	return s.Tokens.All(ctx, name)
}

// RevokeToken ends a token: one's own, or any as an administrator. Another
// person's token is NotFound to everybody else.
func (s *Service) RevokeToken(ctx context.Context, who Actor, id string) error {
	if err := who.Must(Viewer); err != nil {
		return err
	}
	t, err := s.Tokens.Get(ctx, id)
	if err != nil {
		return err
	}
	if t.User != who.Name && !who.Role.Includes(Admin) {
		return UnknownToken()
	}
	return s.Tokens.Delete(ctx, id, s.event(who, "token.revoke", "token", t.Name, map[string]any{"id": id, "user": t.User}))
}

// Token finds the actor of an API token. The role is the lower of the token's
// and the person's present one.
func (s *Service) Token(ctx context.Context, secret string) (Actor, error) {
	bad := fault.New(fault.Unauthenticated, "bad_token", text.Text{
		EN: "the API token is unknown, revoked or expired; make a new one", ZH: "API 令牌不存在、已撤销或已过期，请重新创建"})
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 200 {
		return Actor{}, bad
	}
	now := s.Now().UTC()
	t, err := s.Tokens.Find(ctx, hashSecret(secret))
	if fault.Is(err, fault.NotFound) || err == nil && t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) {
		return Actor{}, bad
	} else if err != nil {
		return Actor{}, err
	}
	a, err := s.Users.Get(ctx, t.User)
	if fault.Is(err, fault.NotFound) || err == nil && a.Disabled {
		return Actor{}, bad
	} else if err != nil {
		return Actor{}, err
	}
	var last time.Time
	if t.UsedAt != nil {
		last = *t.UsedAt
	}
	if err := s.used.note("token "+t.ID, last, now, func() error { return s.Tokens.Used(ctx, t.ID, now) }); err != nil {
		return Actor{}, err
	}
	role := t.Role
	if !a.Role.Includes(role) {
		role = a.Role
	}
	return Actor{Name: a.Name, Role: role, Via: ViaToken + t.Name}, nil
}

// UnknownToken is the NotFound fault of a token that is not there.
func UnknownToken() error {
	return fault.New(fault.NotFound, "unknown_token", text.Text{
		EN: "there is no such token", ZH: "没有这个令牌"})
}

// TokenTaken is the Conflict fault of a second token with one name.
func TokenTaken(name string) error {
	return fault.New(fault.Conflict, "token_exists", text.Text{
		EN: "you have a token named {name} already", ZH: "你已有名为 {name} 的令牌"}, "name", name)
}
