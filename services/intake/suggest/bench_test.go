package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake/suggest"
)

// BenchmarkNew is what a start costs.
func BenchmarkNew(b *testing.B) {
	cfg := config(b)
	for b.Loop() {
		model(b, cfg)
	}
}

// BenchmarkSuggest asks about a letter of 2,000 characters when 2,000 complaints were learnt.
func BenchmarkSuggest(b *testing.B) {
	m := model(b, config(b))
	m.Learn(many(b, 2000)...)
	text := strings.Repeat("快递显示已签收，可我根本没收到，客服态度也很差。", 84)
	b.ReportAllocs()
	for b.Loop() {
		require.NotEmpty(b, m.Suggest(text).Scenario.Value)
	}
}

// BenchmarkLearn learns 2,000 complaints at once.
func BenchmarkLearn(b *testing.B) {
	examples := many(b, 2000)
	m := model(b, config(b))
	for b.Loop() {
		m.Replace(examples)
	}
}

// many are examples with the words of the development letters, mixed.
func many(tb testing.TB, n int) (out []suggest.Example) {
	tb.Helper()
	all := examples(letters(tb, development))
	for i := range n {
		e, other := all[i%len(all)], all[(i*7+i/len(all))%len(all)]
		e.Name = name(i)
		e.Text += other.Text
		out = append(out, e)
	}
	return out
}
