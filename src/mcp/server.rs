//! The MCP server over rmcp: who we are, and which request goes where.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CompletionInfo,
        GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult,
        ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
        Prompt as WirePrompt, PromptArgument, PromptMessage, ProtocolVersion, ReadResourceRequestParams,
        ReadResourceResponse, ReadResourceResult, Reference, Role, ServerCapabilities, ServerConfig, Tool as WireTool,
        ToolAnnotations,
    },
    service::{NotificationContext, RequestContext},
    transport::async_rw::AsyncRwTransport,
};
use tokio_util::sync::CancellationToken;

use super::{
    catalog::{Catalog, held_back},
    completion,
    home::Home,
    pipeline::{self, Caller},
    prompts, reply, resources, roots,
    route::Route,
    transport::Patient,
};
use crate::{
    config::{Config, Settings},
    ctx::Ctx,
    error::{Result, ToolError},
};

/// What the client's model is told about fixloop, once.
const INSTRUCTIONS: &str = include_str!("../../prompts/instructions.md");
/// A line on stdin longer than this is dropped. The largest argument is a scenario file.
const MAX_LINE: usize = 4 * 1024 * 1024;
/// How long calls may go on after stdin has ended: `echo '…' | fixloop` still gets its answers.
const AFTER_END: Duration = Duration::from_secs(1);
/// How long browsers and sink may take to close.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Serves MCP on stdin and stdout until stdin ends or `shutdown` comes.
pub async fn serve(
    settings: Settings,
    routes: Vec<Route>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let home = Home::new(settings.clone());
    // Tools may be asked for before the client has named its roots: until then, this folder's file says which.
    let folder = settings.workspace.clone().unwrap_or_else(|| ".".into());
    let config = settings.resolve(&folder).unwrap_or_else(|_| settings.without_file());
    let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
    let catalog = Arc::new(Catalog::new(routes));
    let server = Server { catalog, listed: Arc::default(), config, home: home.clone(), stop: stop.clone() };
    server.list_ahead();
    let (stdin, stdout) = rmcp::transport::io::stdio_pipes();
    let stdio = AsyncRwTransport::new_server(stdin, stdout).with_max_line_length(MAX_LINE);
    tokio::spawn(end(stop.clone(), ended.clone(), shutdown));
    let served = server.serve_with_ct(Patient::new(stdio, ended), stop.clone()).await;
    let outcome = match served {
        Ok(running) => running
            .waiting()
            .await
            .map(|_| ())
            .map_err(|error| ToolError::bare("The server stopped because of a bug of fixloop.").caused_by(error)),
        // stdin ended, or a signal came, before the client said anything: nothing is wrong.
        Err(
            rmcp::service::ServerInitializeError::ConnectionClosed(_) | rmcp::service::ServerInitializeError::Cancelled,
        ) => Ok(()),
        Err(error) => Err(ToolError::bare(format!("The client did not open the connection as MCP asks: {error}"))),
    };
    stop.cancel();
    if tokio::time::timeout(CLOSE_LIMIT, home.close()).await.is_err() {
        tracing::warn!("browsers or sink did not close in time");
    }
    outcome
}

/// Cancels `stop` when a signal comes, or a moment after stdin has ended.
async fn end(stop: CancellationToken, ended: CancellationToken, shutdown: impl Future<Output = ()>) {
    tokio::select! {
        () = shutdown => {}
        () = async { ended.cancelled().await; tokio::time::sleep(AFTER_END).await } => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}

/// One connection.
struct Server {
    catalog: Arc<Catalog>,
    /// The tools as clients list them, in the order of the catalog. Their schemas take a while to make.
    listed: Arc<OnceLock<Vec<WireTool>>>,
    /// The settings until the workspace is known.
    config: Config,
    home: Home,
    stop: CancellationToken,
}

impl Server {
    /// Begins to make the list of tools while the client opens the connection.
    fn list_ahead(&self) {
        let (catalog, listed) = (self.catalog.clone(), self.listed.clone());
        tokio::task::spawn_blocking(move || {
            listed.get_or_init(|| wire_tools(&catalog));
        });
    }

    /// Begins to make the handles; asks the client for its roots where it has them and no flag names the workspace.
    fn begin(&self, peer: &Peer<RoleServer>) {
        let ask = !self.home.is_named() && peer.peer_info().is_some_and(|info| info.capabilities.roots.is_some());
        let peer = peer.clone();
        self.home.begin(async move {
            if !ask {
                return Vec::new();
            }
            roots::of(&peer).await
        });
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .enable_resources()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("fixloop", env!("CARGO_PKG_VERSION")).with_title("fixloop"))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
            .with_instructions(INSTRUCTIONS.trim())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        self.begin(&context.peer);
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<ListToolsResult, ErrorData> {
        self.begin_when_inline(&context);
        let made = self.home.made();
        let config = made.as_ref().map_or(&self.config, |ctx| &ctx.config);
        let listed = self.listed.get_or_init(|| wire_tools(&self.catalog));
        let offered = self.catalog.all().iter().zip(listed).filter(|(route, _)| held_back(route, config).is_none());
        Ok(ListToolsResult::with_all_items(offered.map(|(_, tool)| tool.clone()).collect()))
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<ListPromptsResult, ErrorData> {
        let prompts = self.prompts(&context.peer).await;
        Ok(ListPromptsResult::with_all_items(prompts.iter().map(wire_prompt).collect()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<GetPromptResponse, ErrorData> {
        let prompts = self.prompts(&context.peer).await;
        let Some(prompt) = prompts.iter().find(|prompt| prompt.name == request.name) else {
            let names: Vec<_> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
            let message = format!("There is no prompt `{}`. There are: {}.", request.name, names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let text = prompts::render(prompt, &request.arguments.unwrap_or_default())
            .map_err(|message| ErrorData::invalid_params(message, None))?;
        let messages = vec![PromptMessage::new_text(Role::User, text)];
        Ok(GetPromptResult::new(messages).with_description(prompt.description.clone()).into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<CompleteResult, ErrorData> {
        let Ok(ctx) = self.ctx(&context.peer).await else { return Ok(CompleteResult::default()) };
        let typed = &request.argument.value;
        let values = match &request.r#ref {
            Reference::Prompt(_) => completion::of_argument(&ctx, &request.argument.name, typed).await,
            Reference::Resource(template) => completion::of_address(&ctx, &template.uri, typed).await,
            _ => Vec::new(),
        };
        let values = CompletionInfo::with_all_values(values).map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(values))
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<ListResourcesResult, ErrorData> {
        let ctx = self.ctx(&context.peer).await.map_err(unusable)?;
        let cursor = request.and_then(|request| request.cursor);
        let (rows, next) = resources::list(&ctx, cursor.as_deref())
            .await
            .map_err(|message| ErrorData::invalid_params(message, None))?;
        Ok(ListResourcesResult { next_cursor: next, ..ListResourcesResult::with_all_items(rows) })
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> std::result::Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<ReadResourceResponse, ErrorData> {
        let ctx = self.ctx(&context.peer).await.map_err(unusable)?;
        match resources::read(&ctx, &request.uri).await {
            Ok(contents) => Ok(ReadResourceResult::new(vec![contents]).into()),
            Err(message) => Err(ErrorData::resource_not_found(message, None)),
        }
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<CallToolResponse, ErrorData> {
        self.begin(&context.peer);
        let cancel = context.ct.clone();
        // The end of the server cancels too, without waiting for rmcp to notice.
        let _on_stop = cancel_with(&self.stop, &cancel);
        let ctx = tokio::select! {
            ctx = self.home.ctx() => ctx,
            () = cancel.cancelled() => Err(ToolError::cancelled()),
        };
        // What is held back is only known with the file of the workspace.
        let found = ctx.and_then(|ctx| Ok((self.catalog.find(&request.name, &ctx.config)?, ctx)));
        let (route, ctx) = match found {
            Ok(found) => found,
            Err(error) => return Ok(reply::failure(&error, 2_000).into()),
        };
        // `resource_link` came with 2025-06-18.
        let version = context.protocol_version();
        let links = version.as_ref().is_none_or(|version| version.as_str() >= ProtocolVersion::V_2025_06_18.as_str());
        let token = context.meta.get_progress_token();
        let caller = Caller { cancel, peer: context.peer, token, links, version };
        Ok(pipeline::run(route, ctx, request.arguments.unwrap_or_default(), caller).await.into())
    }
}

impl Server {
    /// The handles; begins to make them where nothing has yet.
    async fn ctx(&self, peer: &Peer<RoleServer>) -> Result<Arc<Ctx>> {
        self.begin(peer);
        self.home.ctx().await
    }

    /// The prompts of the workspace; ours alone where it cannot be used.
    async fn prompts(&self, peer: &Peer<RoleServer>) -> Vec<prompts::Prompt> {
        let ctx = self.ctx(peer).await.ok();
        prompts::all(ctx.as_ref().map(|ctx| ctx.workspace.as_path())).0
    }

    /// A client of 2026-07-28 sends no `initialized`; its first request begins.
    fn begin_when_inline(&self, context: &RequestContext<RoleServer>) {
        if context.peer.peer_info().is_none() {
            self.begin(&context.peer);
        }
    }
}

/// Cancels `cancel` when `stop` is cancelled, for as long as the guard lives.
fn cancel_with(stop: &CancellationToken, cancel: &CancellationToken) -> tokio_util::sync::DropGuard {
    let over = CancellationToken::new();
    let (stop, cancel, watched) = (stop.clone(), cancel.clone(), over.clone());
    tokio::spawn(async move {
        tokio::select! { () = stop.cancelled() => cancel.cancel(), () = watched.cancelled() => {} }
    });
    over.drop_guard()
}

/// A request that cannot be answered since the workspace cannot be used.
fn unusable(error: ToolError) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

/// A prompt as clients list it.
fn wire_prompt(prompt: &prompts::Prompt) -> WirePrompt {
    let arguments = prompt.arguments.iter().map(|argument| {
        PromptArgument::new(&argument.name).with_description(&argument.description).with_required(argument.required)
    });
    let listed = WirePrompt::new(&prompt.name, Some(&prompt.description), Some(arguments.collect()));
    match &prompt.title {
        Some(title) => listed.with_title(title),
        None => listed,
    }
}

/// Every tool as clients list it.
fn wire_tools(catalog: &Catalog) -> Vec<WireTool> {
    catalog.all().iter().map(wire_tool).collect()
}

/// A tool as clients list it.
fn wire_tool(route: &Route) -> WireTool {
    let hints = ToolAnnotations::new()
        .read_only(route.hints.read_only)
        .destructive(route.hints.destructive)
        .idempotent(route.hints.idempotent)
        .open_world(route.hints.open_world);
    WireTool::new(Cow::Borrowed(route.name), route.description(), Arc::new(route.input_schema()))
        .with_title(route.title)
        .with_raw_output_schema(Arc::new(route.output_schema()))
        .with_annotations(hints)
}
