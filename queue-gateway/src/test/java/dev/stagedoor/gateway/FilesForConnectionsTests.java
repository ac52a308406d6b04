package dev.stagedoor.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilesForConnectionsTests {

    @ParameterizedTest
    @CsvSource({"256, 192", "4096, 3072", "1048576, 8192", "0, 8192", "-1, 8192"})
    void leavesAQuarterOfTheFilesForTheSiteAndRedisAndOperators(long files, int connections) {
        assertThat(GatewayProperties.within(files, 8192)).isEqualTo(connections);
    }
}
