// Package page makes the opaque tokens of keyset paging (AIP-158). A token
// holds where the last page ended. It is signed, so that it cannot be made up,
// and bound to the other arguments of the call, so that it cannot be carried
// over to another list. It is not encrypted: a cursor holds sort keys and ids,
// never personal data.
package page

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/internal/errs"
)

const (
	// version is the first byte of each token.
	version = 1
	macSize = 16
	minKey  = 32
	// maxToken keeps a hostile token from costing more than a glance.
	maxToken = 4096
)

// ErrToken is returned for a token that was not given out for this list call:
// made up, damaged, or from a call with other arguments (INVALID_ARGUMENT,
// reason PAGE_TOKEN_INVALID).
var ErrToken error = errs.Invalid("PAGE_TOKEN_INVALID", "page_token",
	"The page token was not given out for a call with these arguments. Start again without it.")

// Codec makes and reads tokens. It is safe for concurrent use.
type Codec struct {
	key []byte
}

// New makes a codec. All replicas of a service share the key, which has at
// least 32 bytes; tokens signed with another key are refused.
func New(key []byte) (*Codec, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("page: the key has %d bytes and needs at least %d", len(key), minKey)
	}
	return &Codec{key: slices.Clone(key)}, nil
}

// Encode makes the token for the page after cursor. Bind is everything else
// that shapes the list: parent, filter, order. An empty cursor means that there
// is no further page and gives the empty token.
func (c *Codec) Encode(cursor []string, bind string) string {
	if len(cursor) == 0 {
		return ""
	}
	payload := []byte{version}
	for _, s := range cursor {
		payload = binary.AppendUvarint(payload, uint64(len(s)))
		payload = append(payload, s...)
	}
	return base64.RawURLEncoding.EncodeToString(append(payload, c.mac(payload, bind)...))
}

// Decode returns the cursor of a token that Encode made with the same key and
// bind, nil for the empty token (the first page), and ErrToken for any other.
func (c *Codec) Decode(token, bind string) ([]string, error) {
	if token == "" {
		return nil, nil
	}
	// The decoder would skip line breaks; two texts must not be one token.
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return nil, ErrToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < 1+macSize {
		return nil, ErrToken
	}
	payload, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(mac, c.mac(payload, bind)) || payload[0] != version {
		return nil, ErrToken
	}
	var cursor []string
	for rest := payload[1:]; len(rest) > 0; {
		n, width := binary.Uvarint(rest)
		if width <= 0 || n > uint64(len(rest)-width) {
			return nil, ErrToken
		}
		end := width + int(n)
		cursor, rest = append(cursor, string(rest[width:end])), rest[end:]
	}
	return cursor, nil
}

// After is Decode for lists that are sorted by one key alone, such as ids: it returns
// where the last page ended, empty for the first page.
func (c *Codec) After(token, bind string) (string, error) {
	cursor, err := c.Decode(token, bind)
	switch {
	case err != nil || cursor == nil:
		return "", err
	case len(cursor) != 1:
		return "", ErrToken
	default:
		return cursor[0], nil
	}
}

// mac signs payload and bind; the length between them keeps one from being
// shifted into the other.
func (c *Codec) mac(payload []byte, bind string) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write(binary.AppendUvarint(nil, uint64(len(payload))))
	h.Write(payload)
	h.Write([]byte(bind))
	return h.Sum(nil)[:macSize]
}

// Size settles the size of a page (AIP-158): what is not given is def, what is
// too much is limit, and a negative size is refused (INVALID_ARGUMENT, reason
// PAGE_SIZE_INVALID).
func Size(requested int32, def, limit int32) (int32, error) {
	switch {
	case requested < 0:
		return 0, errs.Invalid("PAGE_SIZE_INVALID", "page_size", "The page size must not be negative.")
	case requested == 0:
		return min(def, limit), nil
	default:
		return min(requested, limit), nil
	}
}
