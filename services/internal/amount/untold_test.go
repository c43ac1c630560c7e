package amount_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	"github.com/redress-dev/redress/services/internal/amount"
)

// TestWhatIsGivenWithoutItsWorth is found, and what is free as services are is not.
func TestWhatIsGivenWithoutItsWorth(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "PROM-2")
	r := amount.New("CNY")
	for text, wanted := range map[string]bool{
		"we waive all fees for life":                        true,
		"We are waiving all your charges":                   true,
		"Your line is free for life":                        true,
		"We send you a new phone for free":                  true,
		"A free phone":                                      true,
		"免费送您一台新手机":                                         true,
		"免費送您一臺新手機":                                         true,
		"送您两个月会员":                                           true,
		"终身免月租":                                             true,
		"全部话费都免除":                                           true,
		"我们给您全额退款":                                          true,
		"退一赔三":                                              true,
		"这单给您免单":                                            true,
		"賠您全部損失":                                            true,
		"We refund everything you paid":                     true,
		"You get a full refund":                             true,
		"We will refund it in full":                         true,
		"您要求退一赔三":                                           false,
		"我们无法全额退款":                                          false,
		"You want a full refund":                            false,
		"We cannot refund everything":                       false,
		"We cannot waive all fees":                          false,
		"我们不能免除全部费用":                                        false,
		"您要求免费换一台新手机":                                       false,
		"免费上门取件":                                            false,
		"We explain how to reset it. The call is toll-free": false,
		"A technician visits you free of charge":            false,
		"给您一个说法":                                            false,
		"":                                                  false,
	} {
		require.Equal(t, wanted, r.Untold(text), text)
	}
}
