package attachment

import (
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
)

// fileName makes a name that can be shown and saved of one that was sent: without the folders before it, and without characters
// that cannot be seen, among them those that turn the direction of writing and so hide an extension. A file without a name is
// called "attachment", with the extension of its type.
func fileName(sent, mediaType string) string {
	name := sent[strings.LastIndexAny(sent, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	if strings.Trim(name, ". ") != "" {
		return name
	}
	if known := mimetype.Lookup(mediaType); known != nil {
		return "attachment" + known.Extension()
	}
	return "attachment"
}
