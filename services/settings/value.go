package settings

import (
	"encoding"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/redress-dev/redress/services/internal/document"
)

// hidden stands for a secret where settings are printed.
const hidden = "xxxxx"

// check tells why a flag cannot have the value; empty when it can. It does not quote a secret.
func check(flag *kong.Flag, value string) string {
	target := reflect.New(flag.Target.Type()).Elem()
	err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(value, kong.FlagValueToken)}, target)
	switch {
	case err != nil && isSecret(flag):
		return "is not a valid value of --" + flag.Name
	case err != nil:
		return err.Error()
	case flag.Enum != "" && !slices.Contains(flag.EnumSlice(), value):
		return fmt.Sprintf("must be one of %s, not %q", strings.Join(flag.EnumSlice(), ", "), value)
	}
	return ""
}

// decodeDuration reads "90s", and says how durations are written when it cannot.
func decodeDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("duration")
	if err != nil {
		return err
	}
	value, err := time.ParseDuration(token.String())
	if err != nil {
		return fmt.Errorf("%q is no duration; write for example 300ms, 90s, 15m or 24h", token.String())
	}
	target.SetInt(int64(value))
	return nil
}

// decodeLevel reads a level of the log.
func decodeLevel(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("level")
	if err != nil {
		return err
	}
	var level slog.Level
	name := strings.ToLower(token.String())
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, name) || level.UnmarshalText([]byte(name)) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", token.String())
	}
	target.Set(reflect.ValueOf(level))
	return nil
}

// format writes a value as it is written in a file.
func format(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case time.Duration:
		return document.Duration(v)
	case slog.Level:
		return strings.ToLower(v.String())
	case encoding.TextMarshaler:
		if text, err := v.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value.Interface())
}

// conceal hides what nobody should read in a flag's value: of a secret all but the parts of a URL that are none, of any other the
// password, where it names somebody with one.
func conceal(flag *kong.Flag, value string) string {
	if value != "" && flag.Tag.Get("secret") == "whole" {
		return hidden
	}
	if isSecret(flag) || named(value) {
		return mask(value)
	}
	return value
}

// named tells whether a value says who calls, with a password: http://user:password@host, or the same without a scheme.
func named(value string) bool {
	_, rest, isURL := strings.Cut(value, "://")
	if !isURL {
		rest = value
	}
	who, host, found := strings.Cut(rest, "@")
	user, _, secret := strings.Cut(who, ":")
	if !found || !secret || strings.Contains(user, "/") {
		return false
	}
	_, _, err := net.SplitHostPort(host)
	return isURL || user != "" && err == nil
}

// isMasked tells whether a value is one that Print printed in place of a secret.
func isMasked(flag *kong.Flag, value string) bool {
	if !strings.Contains(value, hidden) || conceal(flag, value) != value {
		return false
	}
	return isSecret(flag) || value == hidden || named(value)
}

// mask hides what is secret in a value. A URL keeps all but its password; of anything else, and of a URL in which a password
// may stand where none belongs, nothing is left.
func mask(value string) string {
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return hidden
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return hidden
	}
	for key := range query {
		if strings.Contains(strings.ToLower(key), "pass") {
			query.Set(key, hidden)
			u.RawQuery = query.Encode()
		}
	}
	return u.Redacted()
}
