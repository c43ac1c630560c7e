package sqldb

import (
	"strconv"
	"strings"
	"sync"
)

// cacheLimit bounds what is remembered by query text, for queries that are put
// together at run time.
const cacheLimit = 1000

// binder turns ? placeholders into those of the engine and remembers results.
type binder struct {
	dialect Dialect
	mu      sync.RWMutex
	known   map[string]string
}

func newBinder(d Dialect) *binder {
	return &binder{dialect: d, known: map[string]string{}}
}

func (b *binder) bind(query string) string {
	if b.dialect != Postgres || !strings.Contains(query, "?") {
		return query
	}
	b.mu.RLock()
	bound, ok := b.known[query]
	b.mu.RUnlock()
	if ok {
		return bound
	}
	bound = rebind(query)
	b.mu.Lock()
	if len(b.known) < cacheLimit {
		b.known[query] = bound
	}
	b.mu.Unlock()
	return bound
}

// rebind replaces each ? outside of quotes and comments by $1, $2 and so on.
func rebind(query string) string {
	var out strings.Builder
	n := 0
	for i := 0; i < len(query); {
		end := i + skip(query[i:])
		if end > i {
			out.WriteString(query[i:end])
			i = end
			continue
		}
		if query[i] == '?' {
			n++
			out.WriteByte('$')
			out.WriteString(strconv.Itoa(n))
		} else {
			out.WriteByte(query[i])
		}
		i++
	}
	return out.String()
}

// skip returns the length of the quoted text or comment that s begins with, or
// 0. A doubled quote inside quotes reads as two quoted texts, which is as good.
func skip(s string) int {
	var closing string
	from := 1
	switch {
	case s[0] == '\'' || s[0] == '"':
		closing = s[:1]
	case strings.HasPrefix(s, "--"):
		closing = "\n"
	case strings.HasPrefix(s, "/*"):
		closing, from = "*/", 2
	default:
		return 0
	}
	at := strings.Index(s[from:], closing)
	if at < 0 {
		return len(s)
	}
	return from + at + len(closing)
}
