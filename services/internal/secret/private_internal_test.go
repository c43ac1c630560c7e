package secret

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatKeepsASecret(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode       fs.FileMode
		own, lends bool
	}{
		{0o600, true, true},
		{0o400, true, true},
		{0o440, false, true},
		{0o640, false, true},
		{0o660, false, false},
		{0o644, false, false},
		{0o444, false, false},
		{0o604, false, false},
		{0o700, false, false},
		{0o650, false, false},
	} {
		t.Run(fmt.Sprintf("%04o", c.mode), func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.own, private(c.mode, false), "one's own")
			require.Equal(t, c.lends, private(c.mode, true), "lent by root")
		})
	}
}
