package followup

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMasked(t *testing.T) {
	t.Parallel()
	for address, shown := range map[string]string{
		"zhang.wei@example.com": "z***@e***.com", "王@例子.中国": "王***@例***.中国", "a@localhost": "a***@l***", "@x.y": "***@x***.y",
		"+8613900001234": "***1234", "110": "***", "1234567": "***", "": "",
	} {
		require.Equal(t, shown, masked(address))
	}
}
