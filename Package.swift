// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: a wrong door does not compile, and a warning is an error.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "parley",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "parley", targets: ["parley"]),
        .executable(name: "parley-scan", targets: ["parley-scan"]),
        .library(name: "ParleyClient", targets: ["Client"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // C libraries: module maps only.
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(
            name: "CMemcached",
            pkgConfig: "libmemcached",
            providers: [.apt(["libmemcached-dev"])]
        ),
        .systemLibrary(name: "CClamAV", pkgConfig: "libclamav", providers: [.apt(["libclamav-dev"])]),
        // Part of libc's development files: no package more.
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CMarkdown", pkgConfig: "md4c", providers: [.apt(["libmd4c-dev"])]),

        .target(name: "Domain", swiftSettings: strict),
        .target(
            name: "Support",
            dependencies: [
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "FastCGI",
            dependencies: [
                "CFastCGI", "Support",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Store",
            dependencies: ["Domain", "Support", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "Providers",
            dependencies: [
                "Domain",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Cache",
            dependencies: ["CMemcached", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict
        ),
        .target(
            name: "Engine",
            dependencies: [
                "Domain", "Store", "Providers", "Support",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Prompts")],
            swiftSettings: strict
        ),
        .target(
            name: "Credentials",
            dependencies: ["CCrypt", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict
        ),
        .target(name: "Export", dependencies: ["Domain"], swiftSettings: strict),
        .target(name: "Scanning", swiftSettings: strict),
        .target(
            name: "Uploads",
            dependencies: [
                "Domain", "Scanning", "Store", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Backups",
            dependencies: [
                "Domain", "Export", "Store", "Support",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Site",
            dependencies: [
                "Cache", "CMarkdown", "Credentials", "Domain", "Engine", "Export", "Scanning", "Store",
                "Support", "Uploads",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            resources: [.embedInCode("Templates")],
            swiftSettings: strict
        ),
        .target(
            name: "Client",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "parley",
            dependencies: [
                "Backups", "Cache", "Client", "Credentials", "Domain", "Engine", "FastCGI", "Providers",
                "Scanning", "Site",
                "Store", "Support", "Uploads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),

        // libclamav is GPL-2.0 only: nothing but this may link it, and this nothing of ours (docs/decisions/0060).
        .executableTarget(name: "parley-scan", dependencies: ["CClamAV"], swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "Doubles",
            dependencies: ["Domain", "Providers", "Scanning", "Store", "TestSupport"],
            path: "Tests/Doubles",
            swiftSettings: strict
        ),
        .testTarget(
            name: "DomainTests",
            dependencies: ["Domain"],
            path: "Tests/Domain",
            swiftSettings: strict
        ),
        .testTarget(
            name: "CredentialsTests",
            dependencies: ["Credentials"],
            path: "Tests/Credentials",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SupportTests",
            dependencies: [
                "Domain", "Providers", "Support", "TestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Support",
            exclude: ["Corpus"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Domain", "Doubles", "Store", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/Store",
            swiftSettings: strict
        ),
        .testTarget(
            name: "CacheTests",
            dependencies: ["Cache", "TestSupport"],
            path: "Tests/Cache",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Domain", "Doubles", "Engine", "Providers", "Store", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Engine",
            swiftSettings: strict
        ),
        .testTarget(
            name: "UploadsTests",
            dependencies: [
                "Domain", "Doubles", "Scanning", "Store", "TestSupport", "Uploads",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Uploads",
            exclude: ["Corpus"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SiteTests",
            dependencies: [
                "Cache", "Credentials", "Domain", "Doubles", "Engine", "Export", "Providers", "Scanning",
                "Site",
                "Store", "Support", "TestSupport", "Uploads",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Site",
            exclude: ["Corpus", "Snapshots"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BackupsTests",
            dependencies: [
                "Backups", "Domain", "Doubles", "Export", "Store", "Support", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Backups",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ExportTests",
            dependencies: [
                "Domain", "Doubles", "Export", "Store", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/Export",
            swiftSettings: strict
        ),
        .testTarget(
            name: "FastCGITests",
            dependencies: [
                "FastCGI", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/FastCGI",
            exclude: ["Corpus"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Doubles", "Domain", "Providers", "TestSupport"],
            path: "Tests/Providers",
            exclude: ["Corpus"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ScanningTests",
            dependencies: ["Scanning", "TestSupport"],
            path: "Tests/Scanning",
            exclude: ["Corpus"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ClientTests",
            dependencies: ["Client", "TestSupport"],
            path: "Tests/Client",
            swiftSettings: strict
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Integration",
            exclude: [
                "conftest.py", "drill.py", "kept_run.py", "local_run.py", "long_discussion.py",
                "prometheus_text.py", "raw_fastcgi.py", "scripted_provider.py", "test_accounts.py",
                "test_addresses.py",
                "test_backups.py", "test_check.py", "test_demo_model.py", "test_docs.py", "test_drill.py",
                "test_install.py", "test_ledger.py", "test_local_model.py", "test_logs.py", "test_metrics.py",
                "test_nginx.py", "test_production.py", "test_providers.py", "test_restart.py", "test_run.py",
                "test_sanitization.py", "test_scanner.py", "test_terminal.py", "test_upgrade.py",
                "test_uploads.py", "uploading.py", "visitor.py",
            ],
            swiftSettings: strict
        ),
    ]
)

// Only `make bench` sets it: nobody else should wait until one more program is linked.
if Context.environment["PARLEY_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "parley-hello",
            dependencies: [
                "FastCGI",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Benchmarks/hello",
            swiftSettings: strict
        )
    )
}
