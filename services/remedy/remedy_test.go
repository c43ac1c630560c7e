package remedy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/remedy"
)

func TestLargest(t *testing.T) {
	t.Parallel()
	yuan := func(units int64, nanos int32) remedy.Money {
		return remedy.Money{Currency: "CNY", Units: units, Nanos: nanos}
	}
	for _, c := range []struct {
		name    string
		amounts []remedy.Money
		want    remedy.Money
	}{
		{"no option", nil, remedy.Money{}},
		{"no amount", []remedy.Money{{}, {}}, remedy.Money{}},
		{"nothing of a currency", []remedy.Money{yuan(0, 0)}, remedy.Money{}},
		{"one", []remedy.Money{{}, yuan(3, 0)}, yuan(3, 0)},
		{"units", []remedy.Money{yuan(3, 0), yuan(20, 0), yuan(4, 0)}, yuan(20, 0)},
		{"units before nanos", []remedy.Money{yuan(3, 0), yuan(2, 999_999_999)}, yuan(3, 0)},
		{"nanos", []remedy.Money{yuan(0, 5), yuan(0, 6)}, yuan(0, 6)},
		{"several currencies", []remedy.Money{yuan(1, 0), {Currency: "HKD", Units: 1}}, remedy.Money{}},
		{"nothing of another currency", []remedy.Money{yuan(1, 0), {Currency: "HKD"}}, yuan(1, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var r remedy.Remedy
			for _, amount := range c.amounts {
				r.Options = append(r.Options, remedy.Option{Amount: amount})
			}
			require.Equal(t, c.want, r.Largest())
		})
	}
}
