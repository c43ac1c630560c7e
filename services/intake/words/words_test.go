package words_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/intake/words"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	s, err := words.New()
	require.NoError(t, err)
	for text, want := range map[string][]string{
		"":                    nil,
		"Refund, the REFUND!": {"refund", "the"},
		"退款":                  {"退款"},
		"我要退款":                {"我要", "要退", "退款"},
		"退":                   nil,
		"客服說退款":               {"客服", "服说", "说退", "退款"},
		"订单SO-2026号":          {"订单", "so", "2026"},
		"ＦＵＬＬ　ｗｉｄｔｈ":          {"full", "width"},
		"退\u200b款":            {"退款"},
		"カメラ":                 {"カメ", "メラ"},
		"don't 👍 12315":       {"don", "t", "12315"},
	} {
		require.Equal(t, want, s.Terms(text), text)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	s, err := words.New()
	require.NoError(t, err)
	for _, c := range []struct {
		query, text string
		want        bool
	}{
		{"退款", "客服說退款沒有到", true}, {"說退款", "客服说退款", true}, {"款退", "退款", false}, {"退款 没到", "没到的退款", true},
		{"refund", "Refund!", true}, {"refund", "refunded", false}, {"refund 退", "退 refund", true}, {"refund 退", "refund", false},
	} {
		q := s.Query(c.query)
		require.NotEmpty(t, q.Terms, c.query)
		require.Equal(t, c.want, s.In(c.text, q), c.query+" in "+c.text)
	}
	require.Empty(t, s.Query("退").Terms)
	require.Empty(t, s.Query("！？").Terms)
}

func TestSimilarity(t *testing.T) {
	t.Parallel()
	s, err := words.New()
	require.NoError(t, err)
	c := s.Comparer("我们 the 没有")
	require.Equal(t, []string{"parcel"}, c.Terms("The parcel"))
	share, both := words.Similarity(c.Terms("parcel lost today"), c.Terms("the lost parcel"))
	require.InDelta(t, 2.0/3, share, 1e-9)
	require.Equal(t, []string{"parcel", "lost"}, both)
	share, _ = words.Similarity(nil, c.Terms("x"))
	require.Zero(t, share)
}
