package sqlstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

// thanks marks a message that is a thank you.
const thanks = "+"

// refuses goes before the name of a message that is against us. It is a word of its own, after those that have a time: what is older than this reads
// only those.
const refuses = "!"

// writeWords has each message as its name and time, as in "complaints/a/messages/b@1764000000000000", one after the other.
func writeWords(list []remedy.Words) string {
	texts := make([]string, len(list))
	for i, said := range list {
		texts[i] = said.Message + "@" + strconv.FormatInt(sqldb.Micros(said.Time), 10)
		if said.Thanks {
			texts[i] += thanks
		}
	}
	for _, said := range list {
		if said.Against {
			texts = append(texts, refuses+said.Message)
		}
	}
	return strings.Join(texts, " ")
}

func readWords(text string) (list []remedy.Words) {
	for one := range strings.FieldsSeq(text) {
		if name, ok := strings.CutPrefix(one, refuses); ok {
			if i := slices.IndexFunc(list, func(w remedy.Words) bool { return w.Message == name }); i >= 0 {
				list[i].Against = true
			}
			continue
		}
		message, at, _ := strings.Cut(one, "@")
		number, thanked := strings.CutSuffix(at, thanks)
		if micros, err := strconv.ParseInt(number, 10, 64); err == nil {
			list = append(list, remedy.Words{Message: message, Time: sqldb.Time(micros), Thanks: thanked})
		}
	}
	return list
}
