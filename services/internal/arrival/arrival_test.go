package arrival_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/internal/arrival"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/ids"
)

func TestUnknown(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	id := ids.New(func() time.Time { return made }, rand.Reader).ID()
	for name, test := range map[string]struct {
		id   string
		now  time.Time
		want string
	}{
		"just made":                     {id, made.Add(time.Second), "NOT_YET_KNOWN"},
		"made by a clock that is ahead": {id, made.Add(-time.Second), "NOT_YET_KNOWN"},
		"old":                           {id, made.Add(2 * time.Minute), "COMPLAINT_NOT_FOUND"},
		"not one of our ids":            {"zzz", made, "COMPLAINT_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, errs.Reason(arrival.Unknown(test.id, test.now)))
		})
	}
}
