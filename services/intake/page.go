package intake

import (
	"strconv"
	"time"

	"github.com/redress-dev/redress/services/internal/page"
)

// maxPageBytes ends a page early whose texts are so long that it might not fit
// into a message.
const maxPageBytes = 2 << 20

// paged is a request for a page of a list.
type paged interface {
	GetPageSize() int32
	GetPageToken() string
}

// pageSize is how much of a list is asked for at once.
func (s *Service) pageSize(asked paged) (int, error) {
	size, err := s.policy.PageSize(asked.GetPageSize())
	if err != nil {
		return 0, invalid("page_size", "must not be negative")
	}
	return int(size), nil
}

// position reads where a page of complaints begins.
func (s *Service) position(token, bind string) (Position, error) {
	cursor, err := s.pages.Decode(token, bind)
	if err != nil || cursor == nil {
		return Position{}, err
	}
	return toPosition(cursor)
}

// cursor is the position as a token holds it.
func (p Position) cursor() []string { return []string{strconv.FormatInt(p.Time.UnixMicro(), 10), p.ID} }

// toPosition is the inverse of cursor.
func toPosition(cursor []string) (Position, error) {
	if len(cursor) != 2 {
		return Position{}, page.ErrToken
	}
	micros, err := strconv.ParseInt(cursor[0], 10, 64)
	if err != nil {
		return Position{}, page.ErrToken
	}
	return Position{Time: time.UnixMicro(micros).UTC(), ID: cursor[1]}, nil
}
