package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/route"
	"github.com/temporalio/ui-server/v2/ui"
)

// stayHome lets pages of the web interface fetch from nowhere but this server.
const stayHome = "connect-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'"

// webUI is Temporal's web interface on a listener of our own. The library's
// Start would open the port itself and end the process if it is taken.
type webUI struct {
	address *net.TCPAddr
	http    *http.Server
	logs    *slog.Logger
}

// newUI builds the web interface for a frontend. Nothing is served until serve.
func newUI(listener net.Listener, frontend, namespace string, logs *slog.Logger) (*webUI, error) {
	address := listener.Addr().(*net.TCPAddr)
	handler, err := uiHandler(uiConfig(frontend, namespace))
	if err != nil {
		return nil, fmt.Errorf("build the Temporal web interface: %w", err)
	}
	if address.IP.IsLoopback() {
		handler = localOnly(handler)
	}
	return &webUI{
		address: address,
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(logs.Handler(), slog.LevelDebug),
		},
		logs: logs,
	}, nil
}

// serve answers requests in the background until stop.
func (u *webUI) serve(listener net.Listener) {
	go func() {
		if err := u.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			u.logs.Error("the Temporal web interface stopped", "error", err)
		}
	}()
}

// stop lets requests end for a moment and then cuts them off.
func (u *webUI) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if u.http.Shutdown(ctx) != nil {
		_ = u.http.Close()
	}
}

// uiConfig is an interface to look with: all that writes is switched off on the
// server and hidden in the browser, because duties change through the services
// and never behind their back.
func uiConfig(frontend, namespace string) *uiconfig.Config {
	return &uiconfig.Config{
		TemporalGRPCAddress:       frontend,
		EnableUI:                  true,
		DefaultNamespace:          namespace,
		CORS:                      uiconfig.CORS{CookieInsecure: true},
		DisableNewsFetch:          true,
		HideLogs:                  true,
		DisableWriteActions:       true,
		WorkflowTerminateDisabled: true,
		WorkflowCancelDisabled:    true,
		WorkflowSignalDisabled:    true,
		WorkflowUpdateDisabled:    true,
		WorkflowResetDisabled:     true,
		WorkflowPauseDisabled:     true,
		BatchActionsDisabled:      true,
		StartWorkflowDisabled:     true,
		ActivityCommandsDisabled:  true,
	}
}

func uiHandler(cfg *uiconfig.Config) (http.Handler, error) {
	provider, err := uiconfig.NewConfigProviderWithRefresh(cfg)
	if err != nil {
		return nil, err
	}
	assets, err := ui.Assets()
	if err != nil {
		return nil, err
	}
	if assets, err = fs.Sub(assets, "local"); err != nil {
		return nil, err
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(middleware.Recover(), middleware.Gzip(), middleware.Secure(), contentPolicy)
	// Reading a workflow's query is a POST, so it needs the token.
	e.Use(csrf.EnsureTokenCookie(false), middleware.CSRFWithConfig(csrf.MiddlewareConfig(provider, false)))
	route.SetHealthRoute(e)
	if err := route.SetAPIRoutes(e, provider, nil); err != nil {
		return nil, err
	}
	if err := route.SetUIRoutes(e, cfg.PublicPath, assets, provider); err != nil {
		return nil, err
	}
	route.SetRenderRoute(e, "/")
	return e, nil
}

// contentPolicy adds stayHome to what the library sends: a browser obeys both.
func contentPolicy(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Before(func() {
			c.Response().Header().Add(echo.HeaderContentSecurityPolicy, stayHome)
		})
		return next(c)
	}
}

// localOnly refuses requests that reach a loopback address under a foreign
// name: a web page whose name was made to point here must not read cases.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this address serves this machine only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
