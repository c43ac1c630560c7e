package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// FuzzForm: whatever is sent is either refused with a problem that can be written, or read as a file whose metadata gRPC can carry.
func FuzzForm(f *testing.F) {
	const file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n"
	for _, body := range []string{
		"", "x", "--b--\r\n", file, file + "--b--\r\n", file + file + "--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n\xff\r\n" + file + "--b--",
	} {
		f.Add("multipart/form-data; boundary=b", "", []byte(body))
	}
	f.Add("image/png", "attachment; filename*=UTF-8''%ff", []byte("x"))
	f.Add(";", "=", []byte(""))
	f.Fuzz(func(t *testing.T, contentType, disposition string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v1/complaints/x/attachments", bytes.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Content-Disposition", disposition)
		form, err := formOf(r, bytes.NewReader(body))
		if err == nil {
			for _, text := range []string{form.metadata.GetFileName(), form.metadata.GetMediaType(), form.metadata.GetMessage()} {
				require.True(t, utf8.ValidString(text))
			}
			var content []byte
			content, err = io.ReadAll(form.content)
			require.LessOrEqual(t, len(content), len(body))
			if err == nil {
				require.True(t, form.content.whole)
				err = form.end()
			}
			if form.parts == nil {
				require.NoError(t, err)
				require.True(t, bytes.Equal(body, content))
			}
		}
		if refused, ok := errors.AsType[*formError](err); ok {
			answer := httptest.NewRecorder()
			write(answer, refused.status, refused.problem)
			require.Equal(t, refused.status, answer.Code, "%s", answer.Body)
			require.Contains(t, answer.Body.String(), `"message"`)
		}
	})
}

// FuzzDescribe: no file name gets out of its header.
func FuzzDescribe(f *testing.F) {
	for _, name := range []string{"a.png", "\r\nX: y", "照片", "\"\\;", "\xff", strings.Repeat("x", 1000)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		header := http.Header{}
		describe(header, &intakev1.Attachment{FileName: name, MediaType: "image/png", Sha256: "zz"})
		disposition := header.Get("Content-Disposition")
		require.True(t, strings.HasPrefix(disposition, "attachment"), disposition)
		require.False(t, strings.ContainsFunc(disposition, func(r rune) bool { return r < ' ' || r > '~' }), disposition)
	})
}
