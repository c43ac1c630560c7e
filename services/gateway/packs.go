package gateway

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
)

// packPath is where the file of a complaint is fetched. It is no JSON, so the contract has no annotation for it.
const packPath = "/v1/{name=complaints/*}/evidence"

// packs answers with the files of complaints (API-2).
type packs struct {
	client gatewayv1.GatewayServiceClient
	mux    *runtime.ServeMux
}

// register adds the method to the mux and to the table of routes.
func (p packs) register(table routes) error {
	table[http.MethodGet+" "+packPath] = route{verb: http.MethodGet, path: expressionOf(packPath), raw: true}
	return p.mux.HandlePath(http.MethodGet, packPath, p.write)
}

// write answers with an archive, which browsers are told to save.
func (p packs) write(w http.ResponseWriter, r *http.Request, path map[string]string) {
	ctx, err := runtime.AnnotateContext(r.Context(), p.mux, r, gatewayv1.GatewayService_GetEvidencePack_FullMethodName)
	if err != nil {
		route{}.refuse(ctx, w, err)
		return
	}
	pack, err := p.client.GetEvidencePack(ctx, &gatewayv1.GetEvidencePackRequest{Name: path["name"]})
	if err != nil {
		route{}.refuse(r.Context(), w, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/zip")
	header.Set("Content-Length", strconv.Itoa(len(pack.GetContent())))
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": pack.GetFileName()}))
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(pack.GetSha256())+":")
	_, _ = w.Write(pack.GetContent()) // The client is gone; there is nobody to tell.
}
